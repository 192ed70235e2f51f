/** The trash, `.p2psync/trash/<date-time>/<path>`: what a tombstone removes is moved here, never deleted. */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { localStatOf } from '../disk/local-stat.js';
import type { LocalStat } from '../model/entry.js';
import { parentOf, type RelPath } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import { applyError, changed } from './apply-error.js';
import { checkExpected, sameButCtime, statAt } from './expected.js';
import { moveExclusively } from './free-name.js';
import { ensurePrivateDirectory } from './private-directory.js';

export const TRASH_DIRECTORY = '.p2psync/trash' as RelPath;

export interface TrashOptions {
  /** Milliseconds since 1970; the same for a whole run, so that it shares one directory. */
  readonly now: number;
}

/** Moves a file or symlink into the trash and returns where; `changed` if it is not what `expected` says. */
export function removeToTrash(root: AnchoredRoot, path: RelPath, expected: LocalStat, options: TrashOptions): RelPath {
  try {
    checkExpected(root, path, expected);
    const trashed = moveToTrash(root, path, path, options.now);
    // The rename takes what stood there at that instant: a file saved a moment ago goes back, it was never expected.
    if (sameButCtime(localStatOf(fs.lstatSync(root.at(trashed))), expected)) return trashed;
    throw putBack(root, trashed, path);
  } catch (error) {
    throw applyError(error, 'move to the trash', path);
  }
}

/** Moves whatever stands at `path`, no directory, to a name that nothing has; `as` is its path within the trash. */
export function moveToTrash(root: AnchoredRoot, path: RelPath, as: RelPath, now: number): RelPath {
  const target = freeName(root, as, stampOf(now));
  fs.renameSync(root.at(path), root.at(target));
  return target;
}

/** The first of `<stamp>`, `<stamp>.1`, … under which the path is free and its parents are directories. */
function freeName(root: AnchoredRoot, path: RelPath, stamp: string): RelPath {
  // If the trash itself is no directory, no number behind the time helps.
  ensurePrivateDirectory(root, TRASH_DIRECTORY);
  for (let attempt = 0; ; attempt++) {
    const target = `${TRASH_DIRECTORY}/${attempt === 0 ? stamp : `${stamp}.${attempt}`}/${path}` as RelPath;
    if (isFree(root, target)) return target;
  }
}

function isFree(root: AnchoredRoot, target: RelPath): boolean {
  try {
    ensurePrivateDirectory(root, parentOf(target));
  } catch (error) {
    // A file that was trashed before stands where a directory is needed now.
    if (error instanceof SyncError && error.code === 'path') return false;
    throw error;
  }
  return statAt(root, target) === undefined;
}

function putBack(root: AnchoredRoot, trashed: RelPath, path: RelPath): SyncError {
  if (moveExclusively(root, trashed, path)) return changed(path, 'was changed since it was scanned');
  return new SyncError('changed', `${JSON.stringify(path)} was changed while it was removed; it is kept as ${trashed}`);
}

/** `2026-01-31T12-59-59Z`: sorts by time and is a name on every file system. */
export function stampOf(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
}
