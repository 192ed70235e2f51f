/**
 * Small files that only their owner may read, written so that a crash leaves the old or the new one and
 * never a part. Names in these directories are our own, so plain paths are enough.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../model/sync-error.js';

const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;
const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;

/** Makes the directory and its parents where they are missing, for the owner alone. Throws `usage` where it cannot. */
export function makePrivateDirectory(directory: string): void {
  try {
    makeWithParents(directory);
  } catch (error) {
    const advice = 'choose another place with --state-dir, P2PSYNC_STATE_DIR or P2PSYNC_CONFIG_DIR';
    const why = (error as Error).message;
    throw new SyncError('usage', `the directory ${directory} cannot be made (${why}): ${advice}`, { cause: error });
  }
}

/** Not `recursive` of Node's own, which below /proc never ends: there a parent is there and its child still ENOENT. */
function makeWithParents(directory: string): void {
  if (fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const parent = path.dirname(directory);
  if (parent !== directory) makeWithParents(parent);
  try {
    fs.mkdirSync(directory, { mode: DIRECTORY_MODE });
  } catch (error) {
    // Another process may have been faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !fs.statSync(directory).isDirectory()) throw error;
  }
}

/** Puts a file in place of what may be there. */
export function replacePrivateFile(file: string, text: string): void {
  const staged = stage(file, text);
  fs.renameSync(staged, file);
  syncDirectory(path.dirname(file));
}

/** Makes a file that must not be there yet; false if it is, whatever it is (a symlink too). */
export function createPrivateFile(file: string, text: string): boolean {
  const staged = stage(file, text);
  try {
    fs.linkSync(staged, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.unlinkSync(staged);
  }
  syncDirectory(path.dirname(file));
  return true;
}

/** Removes a file; one that is not there is no failure. */
export function removeFile(file: string): void {
  fs.rmSync(file, { force: true });
}

function stage(file: string, text: string): string {
  makePrivateDirectory(path.dirname(file));
  const staged = `${file}.${randomBytes(8).toString('hex')}.tmp`;
  writeDurably(staged, text);
  return staged;
}

/** Writes a new file under a path that only this process knows, durable when it returns. */
export function writeDurably(file: string | Buffer, text: string): void {
  const fd = fs.openSync(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE);
  try {
    fs.writeFileSync(fd, text);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Makes renames in a directory durable, where the system can (Windows cannot open one). */
export function syncDirectory(directory: string | Buffer): void {
  if (process.platform === 'win32') return;
  const fd = fs.openSync(directory, fs.constants.O_RDONLY);
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
