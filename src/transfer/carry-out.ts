/**
 * Carries out one decided change on the disk and says what to record for it. Each step is one of apply/'s
 * primitives, which check the scanned stat again at the last moment.
 */
import fs from 'node:fs';
import { changed } from '../apply/apply-error.js';
import { makeDirectory, removeDirectory } from '../apply/directory.js';
import { installFile, installLink } from '../apply/install.js';
import type { PlaceOptions } from '../apply/place.js';
import { moveAside, preserve } from '../apply/preserve.js';
import { setMetadata } from '../apply/set-metadata.js';
import type { StagedFile } from '../apply/staged-file.js';
import { removeToTrash } from '../apply/trash.js';
import { localStatOf } from '../disk/local-stat.js';
import { type ByteString, bytesOf } from '../model/byte-string.js';
import { type Entry, isLive, type LocalEntry, type LocalStat } from '../model/entry.js';
import { joinPath, type RelPath } from '../model/path.js';
import { EMPTY_TREE } from '../tree/summarize.js';
import type { Replica } from './replica.js';

export type Work =
  | { readonly kind: 'file'; readonly staged: StagedFile }
  | { readonly kind: 'link'; readonly target: ByteString }
  /** Already made by {@link placeDirectory}, because its children need it; only to be recorded. */
  | { readonly kind: 'directory'; readonly copies: readonly LocalEntry[] }
  | { readonly kind: 'metadata' }
  | { readonly kind: 'remove' }
  /** Nothing to do on the disk. */
  | { readonly kind: 'record' };

export interface Ready {
  readonly parent: RelPath;
  /** What was recorded when the change was decided; its stat must still hold when it is replaced. */
  readonly mine: LocalEntry | undefined;
  /** What to record. */
  readonly target: Entry;
  /** Conflict copies of what is replaced, made before it is replaced. */
  readonly copies: readonly Entry[];
  readonly work: Work;
}

/** The entries to record: the target and the conflict copies that were made. */
export function carryOut(replica: Replica, ready: Ready): LocalEntry[] {
  const { parent, target, mine, work } = ready;
  const path = joinPath(parent, target.name);
  switch (work.kind) {
    case 'record':
      return [recorded(target, mine, mine?.stat)];
    case 'directory':
      return [recorded(target, mine, undefined), ...work.copies];
    case 'metadata':
      return [recorded(target, mine, setMetadata(replica.root, path, target, statOf(path, mine)))];
    case 'remove':
      remove(replica, path, mine);
      return [recorded(target, mine, undefined)];
    case 'file':
      return replacing(replica, ready, path, (expected, options) =>
        installFile(replica.root, path, work.staged, target, expected, options),
      );
    case 'link':
      return replacing(replica, ready, path, (expected, options) =>
        installLink(replica.root, replica.stage, path, bytesOf(work.target), target.mtime, expected, options),
      );
  }
}

/**
 * Makes a directory, now. A file or symlink that has its name becomes its conflict copy; the copies as they
 * are to be recorded are returned.
 */
export function placeDirectory(
  replica: Replica,
  parent: RelPath,
  mine: LocalEntry | undefined,
  target: Entry,
  copies: readonly Entry[],
): LocalEntry[] {
  const path = joinPath(parent, target.name);
  const made: LocalEntry[] = [];
  for (const copy of copies) {
    const stat = moveAside(replica.root, replica.stage, path, joinPath(parent, copy.name), statOf(path, mine));
    made.push(recorded(copy, undefined, stat));
  }
  makeDirectory(replica.root, path, target.mode);
  return made;
}

/** Keeps what must be kept, replaces it, and takes the copies' stats afterwards: replacing moved their ctimes. */
function replacing(
  replica: Replica,
  { parent, mine, target, copies }: Ready,
  path: RelPath,
  install: (expected: LocalStat | undefined, options: PlaceOptions) => LocalStat,
): LocalEntry[] {
  let expected = mine !== undefined && isLive(mine) ? statOf(path, mine) : undefined;
  for (const copy of copies) {
    expected = preserve(replica.root, replica.stage, path, joinPath(parent, copy.name), statOf(path, mine)).stat;
  }
  const keep = replica.backup === undefined ? undefined : (`${replica.backup}/${path}` as RelPath);
  const stat = install(expected, { keep, preserved: copies.length > 0 });
  const made = copies.map((copy) =>
    recorded(copy, undefined, localStatOf(fs.lstatSync(replica.root.at(joinPath(parent, copy.name))))),
  );
  return [recorded(target, mine, stat), ...made];
}

function remove(replica: Replica, path: RelPath, mine: LocalEntry | undefined): void {
  if (mine?.kind === 'directory') removeDirectory(replica.root, path);
  else removeToTrash(replica.root, path, statOf(path, mine), { now: replica.started });
}

function statOf(path: RelPath, mine: LocalEntry | undefined): LocalStat {
  if (mine?.stat === undefined) throw changed(path, 'is not what the scan saw');
  return mine.stat;
}

/** What a peer says of the tree below is its own; ours is computed from our records. */
function recorded(target: Entry, mine: LocalEntry | undefined, stat: LocalStat | undefined): LocalEntry {
  const { tree: _, ...entry } = target;
  const tree = mine?.tree ?? (target.kind === 'directory' ? EMPTY_TREE : undefined);
  return { ...entry, ...(tree === undefined ? {} : { tree }), ...(stat === undefined ? {} : { stat }) };
}
