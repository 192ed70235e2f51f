/** Keeps what is about to lose its name under another one: the conflict copy of the present content. */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { localStatOf, microsecondsOf } from '../disk/local-stat.js';
import { openRegularFile } from '../disk/regular-file.js';
import type { LocalStat } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import { applyError, changed, errnoOf, isWithoutHardLinks } from './apply-error.js';
import { checkExpected, sameButCtime, statAt, takenError } from './expected.js';
import { moveExclusively } from './free-name.js';
import { installFile, installLink } from './install.js';
import type { Stage } from './stage.js';

/** Bytes compared at once. */
const PIECE = 256 * 1024;

export interface Preserved {
  /** What `path` looks like now, to be `expected` when it is replaced: a second name moved its ctime. */
  readonly stat: LocalStat;
  /** What the copy looks like until then. Replacing `path` moves its ctime: take the stat to record afterwards. */
  readonly copy: LocalStat;
}

/**
 * Gives the content of `path` the second name `copyPath`; the caller then replaces `path`. A copy that is there
 * already is fine if it has the same content; otherwise `changed`, and nothing happens.
 */
export function preserve(
  root: AnchoredRoot,
  stage: Stage,
  path: RelPath,
  copyPath: RelPath,
  expected: LocalStat,
): Preserved {
  try {
    checkExpected(root, path, expected);
    if (!linkCopy(root, path, copyPath)) copyByContent(root, stage, path, copyPath, expected);
    const stat = statAt(root, path);
    if (stat === undefined || !sameButCtime(localStatOf(stat), expected)) {
      throw changed(path, 'was changed since it was scanned');
    }
    return { stat: localStatOf(stat), copy: localStatOf(fs.lstatSync(root.at(copyPath))) };
  } catch (error) {
    throw applyError(error, 'keep a copy of', path);
  }
}

/**
 * Moves a file or symlink to the copy's name, because a directory needs its own; returns the copy's stat. `path` is then free.
 */
export function moveAside(
  root: AnchoredRoot,
  stage: Stage,
  path: RelPath,
  copyPath: RelPath,
  expected: LocalStat,
): LocalStat {
  preserve(root, stage, path, copyPath, expected);
  const guard = stage.newName('guard');
  try {
    // Not unlink: that would also take a file that an editor renamed onto the path a moment ago.
    fs.renameSync(root.at(path), root.at(guard));
    if (!sameButCtime(localStatOf(fs.lstatSync(root.at(guard))), expected)) throw putBack(root, guard, path);
    stage.remove(guard);
    return localStatOf(fs.lstatSync(root.at(copyPath)));
  } catch (error) {
    throw applyError(error, 'move aside', path);
  }
}

/** False where there are no hard links. */
function linkCopy(root: AnchoredRoot, path: RelPath, copyPath: RelPath): boolean {
  try {
    fs.linkSync(root.at(path), root.at(copyPath));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') {
      const taken = takenError(root, copyPath);
      if (taken.code === 'changed' && sameContentAt(root, path, copyPath)) return true;
      throw taken;
    }
    if (isWithoutHardLinks(error)) return false;
    throw error;
  }
}

function copyByContent(root: AnchoredRoot, stage: Stage, path: RelPath, copyPath: RelPath, expected: LocalStat): void {
  const stats = fs.lstatSync(root.at(path), { bigint: true });
  const metadata = { mtime: microsecondsOf(stats), mode: Number(stats.mode) };
  if (stats.isSymbolicLink()) {
    const target = fs.readlinkSync(root.at(path), { encoding: 'buffer' });
    installLink(root, stage, copyPath, target, metadata.mtime, undefined);
    return;
  }
  const staged = stage.copyOf(root, path, expected);
  staged.setMetadata(metadata);
  staged.sync();
  installFile(root, copyPath, staged, metadata, undefined);
}

function putBack(root: AnchoredRoot, guard: RelPath, path: RelPath): SyncError {
  if (moveExclusively(root, guard, path)) return changed(path, 'was changed since it was scanned');
  // It stays in the stage as a guard, which the next sweep moves to the trash.
  return new SyncError('changed', `${JSON.stringify(path)} was changed while it was moved aside; see .p2psync/trash`);
}

function sameContentAt(root: AnchoredRoot, path: RelPath, other: RelPath): boolean {
  const a = statAt(root, path);
  const b = statAt(root, other);
  if (a === undefined || b === undefined || a.size !== b.size) return false;
  if (a.ino === b.ino && a.dev === b.dev) return true;
  if (a.isSymbolicLink() && b.isSymbolicLink()) {
    return fs.readlinkSync(root.at(path), 'latin1') === fs.readlinkSync(root.at(other), 'latin1');
  }
  return a.isFile() && b.isFile() && sameBytes(root, path, other);
}

function sameBytes(root: AnchoredRoot, path: RelPath, other: RelPath): boolean {
  const fds = [openRegularFile(root, path).fd];
  try {
    fds.push(openRegularFile(root, other).fd);
    const [left, right] = [Buffer.allocUnsafe(PIECE), Buffer.allocUnsafe(PIECE)];
    for (let position = 0; ; position += PIECE) {
      const [a, b] = [readPiece(fds[0], left, position), readPiece(fds[1], right, position)];
      if (a.compare(b) !== 0) return false;
      if (a.length < PIECE) return true;
    }
  } finally {
    for (const fd of fds) fs.closeSync(fd);
  }
}

function readPiece(fd: number | undefined, buffer: Buffer, position: number): Buffer {
  if (fd === undefined) throw new RangeError('no file');
  let read = 0;
  for (let got = 1; got > 0 && read < buffer.length; read += got) {
    got = fs.readSync(fd, buffer, read, buffer.length - read, position + read);
  }
  return buffer.subarray(0, read);
}
