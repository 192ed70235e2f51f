/**
 * The files of this folder that could have parts of a new one, and which of them are likelier: what has a like size
 * and name mostly is an older version of it (rsync's `--fuzzy` goes by the name alone).
 */
import type { Digest } from '../model/digest.js';
import { joinPath, nameOf, parentOf, type RelPath, ROOT } from '../model/path.js';
import type { FolderState } from '../state/folder-state.js';

/** Bytes; a smaller file has too few chunks to be found by samples of them. */
export const CANDIDATE_MIN = 64 * 1024;

export interface Candidate {
  readonly digest: Digest;
  readonly path: RelPath;
  readonly size: number;
}

/** Each content that is recorded once, under one of its paths. */
export function candidatesIn(state: FolderState): Candidate[] {
  const found = new Map<Digest, Candidate>();
  const pending: RelPath[] = [ROOT];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    for (const { kind, name, size, digest, stat } of state.directory(path) ?? []) {
      if (kind === 'directory') pending.push(joinPath(path, name));
      else if (kind === 'file' && size >= CANDIDATE_MIN && stat !== undefined && !found.has(digest)) {
        found.set(digest, { digest, path: joinPath(path, name), size });
      }
    }
  }
  return [...found.values()];
}

/** A factor of two in size counts as much as another extension or another directory. */
export function unlikeness(candidate: Candidate, path: RelPath, size: number): number {
  const sizes = Math.abs(Math.log2(candidate.size / size));
  const extension = extensionOf(candidate.path) === extensionOf(path) ? 0 : 1;
  const directory = parentOf(candidate.path) === parentOf(path) ? 0 : 1;
  return sizes + extension + directory;
}

function extensionOf(path: RelPath): string {
  const name = nameOf(path);
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot);
}
