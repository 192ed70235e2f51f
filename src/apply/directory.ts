/**
 * Directories: made writable, filled, and only then given their mode, so that one with mode 0555 can be filled
 * by a user who is not root. Their mtime is not synchronised.
 */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { parentOf, type RelPath } from '../model/path.js';
import { applyError, changed, errnoOf } from './apply-error.js';
import { statAt, takenError } from './expected.js';

/** What the owner needs to fill a directory. */
const FILLING = 0o700;

/**
 * Makes a directory with `mode` plus what filling it needs; {@link finishDirectory} takes the rest away. One that is there
 * already is left as it is: false. Throws `changed` if something else has the name.
 */
export function makeDirectory(root: AnchoredRoot, path: RelPath, mode: number): boolean {
  try {
    fs.mkdirSync(root.at(path), FILLING);
    // Exactly, whatever the umask; through the handle, so that no symlink put there meanwhile is followed.
    fs.chmodSync(root.directory(path), (mode & 0o777) | FILLING);
    return true;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') {
      root.forget(parentOf(path));
      throw applyError(error, 'make the directory', path);
    }
    expectDirectory(root, path);
    return false;
  }
}

/** Makes a directory writable for its owner; returns the mode it had if that was needed. */
export function unlockDirectory(root: AnchoredRoot, path: RelPath): number | undefined {
  try {
    const mode = fs.statSync(root.directory(path)).mode & 0o777;
    if ((mode & FILLING) === FILLING) return undefined;
    fs.chmodSync(root.directory(path), mode | FILLING);
    return mode;
  } catch (error) {
    throw applyError(error, 'make writable', path);
  }
}

/** Gives a directory its mode, after everything in it is done. */
export function finishDirectory(root: AnchoredRoot, path: RelPath, mode: number): void {
  try {
    if ((fs.statSync(root.directory(path)).mode & 0o7777) === (mode & 0o777)) return;
    fs.chmodSync(root.directory(path), mode & 0o777);
  } catch (error) {
    throw applyError(error, 'set the mode of', path);
  }
}

/** Removes an empty directory; `changed` if it is not empty, or none. */
export function removeDirectory(root: AnchoredRoot, path: RelPath): void {
  try {
    fs.rmdirSync(root.at(path));
    root.forget(path);
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOTEMPTY' || code === 'EEXIST') throw changed(path, 'is a directory that is not empty');
    throw applyError(error, 'remove the directory', path);
  }
}

/** Makes the names in one directory durable. */
export function syncDirectory(root: AnchoredRoot, path: RelPath): void {
  try {
    const fd = fs.openSync(root.directory(path), fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    throw applyError(error, 'make durable', path);
  }
}

function expectDirectory(root: AnchoredRoot, path: RelPath): void {
  try {
    const taken = takenError(root, path);
    if (taken.code === 'path' || !statAt(root, path)?.isDirectory()) throw taken;
  } catch (error) {
    throw applyError(error, 'make the directory', path);
  }
}
