/** Sets mtime and mode of what is there, without touching its content and without following a symlink. */
import fs, { type BigIntStats } from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { localStatOf, microsecondsOf, sameStat, secondsOf } from '../disk/local-stat.js';
import type { LocalStat } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import { applyError, changed } from './apply-error.js';
import { checkExpected } from './expected.js';
import type { Metadata } from './staged-file.js';

/** Linux's handle that needs no permission on the file itself, so that mode 0000 is no obstacle. */
const O_PATH = 0o10000000;
const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants;

/** Returns the stat to record; `changed` if the file or symlink is not what `expected` says. */
export function setMetadata(root: AnchoredRoot, path: RelPath, metadata: Metadata, expected: LocalStat): LocalStat {
  try {
    const stats = checkExpected(root, path, expected);
    return stats.isSymbolicLink() ? setOfLink(root, path, metadata) : setOfFile(root, path, metadata, expected);
  } catch (error) {
    throw applyError(error, 'set mode and time of', path);
  }
}

function setOfLink(root: AnchoredRoot, path: RelPath, { mtime }: Metadata): LocalStat {
  const seconds = secondsOf(mtime);
  fs.lutimesSync(root.at(path), seconds, seconds);
  return localStatOf(fs.lstatSync(root.at(path)));
}

function setOfFile(root: AnchoredRoot, path: RelPath, metadata: Metadata, expected: LocalStat): LocalStat {
  const fd = fs.openSync(root.at(path), root.anchored ? O_PATH | O_NOFOLLOW : O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const before = fs.fstatSync(fd, { bigint: true });
    if (!before.isFile() || !sameStat(localStatOf(before), expected)) throw changed(path, 'was changed');
    const handle = root.anchored ? `/proc/self/fd/${fd}` : fd;
    if ((Number(before.mode) & 0o7777) !== (metadata.mode & 0o777)) setMode(handle, metadata.mode & 0o777);
    if (microsecondsOf(before) !== metadata.mtime) setTime(path, fd, handle, metadata.mtime, before);
    return localStatOf(fs.fstatSync(fd));
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Setting the time is what could hide an edit: it is looked for right before, and right after, when an edit would
 * have given the file a time of its own, equal to its ctime.
 */
function setTime(path: RelPath, fd: number, handle: string | number, mtime: number, before: BigIntStats): void {
  const now = fs.fstatSync(fd, { bigint: true });
  if (now.size !== before.size || now.mtimeNs !== before.mtimeNs) throw changed(path, 'was changed');
  const seconds = secondsOf(mtime);
  if (typeof handle === 'number') fs.futimesSync(handle, seconds, seconds);
  else fs.utimesSync(handle, seconds, seconds);
  const after = fs.fstatSync(fd, { bigint: true });
  const edited = after.mtimeNs === after.ctimeNs && microsecondsOf(after) !== mtime;
  if (edited || after.size !== before.size) throw changed(path, 'was changed');
}

function setMode(handle: string | number, mode: number): void {
  if (typeof handle === 'number') fs.fchmodSync(handle, mode);
  else fs.chmodSync(handle, mode);
}
