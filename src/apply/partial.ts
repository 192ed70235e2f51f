/**
 * Partial contents: what a transfer that was cut had written of a large file. They wait in `.p2psync/stage/partial/`, each
 * named by the digest of the content that it is the beginning of, until the next transfer of that content takes them as
 * a basis. Nothing in them is believed: a basis is matched by checksum and the result by its digest, so a torn or
 * forged one costs time, never a wrong byte (docs/RELIABILITY.md, "Resuming").
 */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { type ContentReader, readFileContent } from '../disk/content-reader.js';
import { localStatOf } from '../disk/local-stat.js';
import { type Digest, hexOf } from '../model/digest.js';
import { joinPath, type Name, nameOf, type RelPath } from '../model/path.js';
import { statAt } from './expected.js';
import { freeBytes } from './free-space.js';
import { ensurePrivateDirectory } from './private-directory.js';

export const PARTIAL_DIRECTORY = '.p2psync/stage/partial' as RelPath;

/** Bytes; less is soon transferred again, and nobody can litter a folder with small ones. */
export const PARTIAL_MIN = 8 * 1024 * 1024;
/** Milliseconds since the last byte was written; whoever has not run again by then has given up. */
const AGE_MAX = 7 * 24 * 3600 * 1000;
/** Partial contents kept; four large transfers run at once from each peer. */
const COUNT_MAX = 16;
/** Bytes of one of `stat`'s blocks. */
const STAT_BLOCK = 512;

/** The name that a staged file bears in its process's directory while its content arrives from the start to the end. */
export function partName(sequence: string, digest: Digest): Name {
  return `part-${sequence}-${hexOf(digest)}` as Name;
}

/** The digest, in hex, of the content that a file of that name is the beginning of. */
function digestIn(name: Name): string | undefined {
  return /^part-[0-9a-z]+-([0-9a-f]{64})$/.exec(name)?.[1];
}

/**
 * Takes a staged file out of its process's directory to be gone on with later: true. False, and nothing happens, if it is no
 * beginning of a content, too small, or no more than what is kept already. Throws what the system does.
 */
export function keepPartial(root: AnchoredRoot, staged: RelPath): boolean {
  const digest = digestIn(nameOf(staged));
  if (digest === undefined) return false;
  const { size } = fs.lstatSync(root.at(staged));
  if (size < PARTIAL_MIN) return false;
  ensurePrivateDirectory(root, PARTIAL_DIRECTORY);
  const kept = joinPath(PARTIAL_DIRECTORY, digest as Name);
  if (size <= (statAt(root, kept)?.size ?? 0)) return false;
  fs.renameSync(root.at(staged), root.at(kept));
  return true;
}

/** Whether anything is kept of a content. */
export function hasPartial(root: AnchoredRoot, digest: Digest): boolean {
  try {
    return statAt(root, joinPath(PARTIAL_DIRECTORY, hexOf(digest) as Name)) !== undefined;
  } catch {
    return false; // something that is no directory stands above it
  }
}

/** What is kept of a content, or undefined. */
export function openPartial(root: AnchoredRoot, digest: Digest): ContentReader | undefined {
  try {
    const path = joinPath(PARTIAL_DIRECTORY, hexOf(digest) as Name);
    const stats = statAt(root, path);
    return stats === undefined ? undefined : readFileContent(root, path, localStatOf(stats));
  } catch {
    return undefined; // no such directory, or nothing that can be used
  }
}

/** Forgets what is kept of a content, because all of it is here now. Never throws. */
export function dropPartial(root: AnchoredRoot, digest: Digest): void {
  try {
    fs.unlinkSync(root.at(joinPath(PARTIAL_DIRECTORY, hexOf(digest) as Name)));
  } catch {
    // Nothing was kept, or the next sweep takes it.
  }
}

/**
 * The rule by which they go: after a week; the oldest when there are more than 16; and the oldest while they take more
 * space than is free, so that what may never be needed does not fill a disk. Never throws.
 */
export function sweepPartials(root: AnchoredRoot, now: number): void {
  try {
    let free = freeBytes(root);
    const kept = listed(root);
    let bytes = kept.reduce((sum, each) => sum + each.bytes, 0);
    let count = kept.length;
    for (const each of kept) {
      if (each.changed + AGE_MAX >= now && count <= COUNT_MAX && bytes <= free) continue;
      fs.unlinkSync(root.at(each.path));
      count--;
      bytes -= each.bytes;
      free += each.bytes;
    }
  } catch {
    // Mostly there are none; what cannot be removed now is tried again by the next run.
  }
}

/** Oldest first. */
function listed(root: AnchoredRoot): { readonly path: RelPath; readonly changed: number; readonly bytes: number }[] {
  return fs
    .readdirSync(root.directory(PARTIAL_DIRECTORY), { encoding: 'latin1' })
    .map((name) => {
      const path = joinPath(PARTIAL_DIRECTORY, name as Name);
      const { mtimeMs, blocks } = fs.lstatSync(root.at(path));
      return { path, changed: mtimeMs, bytes: blocks * STAT_BLOCK };
    })
    .sort((a, b) => a.changed - b.changed);
}
