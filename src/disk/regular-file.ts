/** Opens a regular file below a root to read it: never through a symlink, never waiting for a FIFO's writer. */
import fs, { type Stats } from 'node:fs';
import type { LocalStat } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import type { AnchoredRoot } from './anchored-root.js';
import { localStatOf, sameStat } from './local-stat.js';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

export interface OpenFile {
  /** The caller closes it. */
  readonly fd: number;
  readonly stats: Stats;
}

/** Throws `changed` if it is no regular file or, where `expected` is given, not what was scanned. */
export function openRegularFile(root: AnchoredRoot, path: RelPath, expected?: LocalStat): OpenFile {
  const fd = openWithoutFollowing(root, path);
  try {
    const stats = fs.fstatSync(fd);
    if (!stats.isFile()) throw changed(path, 'is no regular file any more');
    if (expected !== undefined && !sameStat(localStatOf(stats), expected)) throw changed(path, 'was changed');
    return { fd, stats };
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

function openWithoutFollowing(root: AnchoredRoot, path: RelPath): number {
  try {
    return fs.openSync(root.at(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw changed(path, 'is gone', error);
    if (code === 'ELOOP' || code === 'ENXIO') throw changed(path, 'is no regular file any more', error);
    throw error;
  }
}

function changed(path: RelPath, what: string, cause?: unknown): SyncError {
  return new SyncError('changed', `${JSON.stringify(path)} ${what} since it was scanned`, { cause });
}
