/** The compare half of compare-and-swap: is at a path what the scan saw there? */
import fs, { type Stats } from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { localStatOf, sameStat } from '../disk/local-stat.js';
import { isAscii } from '../model/byte-string.js';
import type { LocalStat } from '../model/entry.js';
import { joinPath, type Name, nameOf, parentOf, type RelPath } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import { changed, errnoOf } from './apply-error.js';

/** The stat of what stands at `path`, or undefined if nothing does. */
export function statAt(root: AnchoredRoot, path: RelPath): Stats | undefined {
  try {
    return fs.lstatSync(root.at(path));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Throws `changed` unless a file or symlink stands at `path` that is exactly what was scanned. */
export function checkExpected(root: AnchoredRoot, path: RelPath, expected: LocalStat): Stats {
  const stats = statAt(root, path);
  if (stats === undefined) throw changed(path, 'was removed since it was scanned');
  if (stats.isDirectory()) throw changed(path, 'became a directory since it was scanned');
  if (!sameStat(localStatOf(stats), expected)) throw changed(path, 'was changed since it was scanned');
  return stats;
}

/** The same after an operation of our own moved the ctime: a link made or removed does that, as an edit does. */
export function sameButCtime(a: LocalStat, b: LocalStat): boolean {
  return a.ino === b.ino && a.dev === b.dev && a.size === b.size && a.mtimeMs === b.mtimeMs;
}

/**
 * Why a name could not be made exclusively: someone was faster, or the file system folds it onto another name
 * (`README` onto `readme`, one Unicode form onto another). The other name's content is never overwritten for that.
 */
export function takenError(root: AnchoredRoot, path: RelPath): SyncError {
  if (statAt(root, path) === undefined || hasExactName(root, path)) {
    return changed(path, 'appeared since the folder was scanned');
  }
  const message = `${JSON.stringify(path)} is the same name as another one on this file system (case or Unicode form)`;
  return new SyncError('path', `${message}; rename one of them`, { problem: 'name' });
}

function hasExactName(root: AnchoredRoot, path: RelPath): boolean {
  if (isAscii(path) && !isFolded(root, path)) return true;
  const names = fs.readdirSync(root.directory(parentOf(path)), { encoding: 'latin1' });
  return names.includes(nameOf(path));
}

/** Whether the name in the other case leads to the same file: then only the listing tells which is the real one. */
function isFolded(root: AnchoredRoot, path: RelPath): boolean {
  const name = nameOf(path);
  const other = name.replace(/[A-Za-z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) ^ 0x20)) as Name;
  if (other === name) return false;
  return statAt(root, joinPath(parentOf(path), other))?.ino === statAt(root, path)?.ino;
}
