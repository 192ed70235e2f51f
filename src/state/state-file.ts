/**
 * The state's files on disk: private (0600 in a 0700 directory), looked at before LMDB maps them, and moved
 * aside when they cannot be used. A lost state costs history, never content (docs/DESIGN.md, "State").
 */
import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../model/sync-error.js';
import { arePagesSound } from './lmdb-pages.js';

const FILE = 'state.mdb';
/** What LMDB appends for its lock table. */
const LOCK_SUFFIX = '-lock';
const ASIDE_SUFFIX = '.lost';
/** Written when a record could not be read, so that the next open starts anew. */
const DAMAGED = 'state.damaged';
/** Looks at a state before it counts as damaged, and milliseconds between two of them. */
const LOOKS_MAX = 3;
const LOOK_AGAIN_MS = 25;

export function stateFile(directory: string): string {
  return path.join(directory, FILE);
}

/** Whether there is a state that may be opened; `damaged` ones must be moved aside first. */
export function inspectState(directory: string): 'found' | 'none' | 'damaged' {
  if (fs.existsSync(path.join(directory, DAMAGED))) return 'damaged';
  let fd: number;
  try {
    fd = fs.openSync(stateFile(directory), fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'none';
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') return 'damaged';
    throw error;
  }
  try {
    const stats = fs.fstatSync(fd);
    if (!stats.isFile()) return 'damaged';
    if (stats.size === 0) return 'none';
    return isSoundInTime(fd) ? 'found' : 'damaged';
  } finally {
    fs.closeSync(fd);
  }
}

/** A state that another process is writing to may look torn for a moment; a damaged one stays so. */
function isSoundInTime(fd: number): boolean {
  for (let look = 1; !arePagesSound(fd); look++) {
    if (look === LOOKS_MAX) return false;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MS);
  }
  return true;
}

/** Makes the directory and the empty files with their modes, because LMDB itself would create them 0664. */
export function createStateFiles(directory: string): void {
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const file of [stateFile(directory), stateFile(directory) + LOCK_SUFFIX]) {
    const fd = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_NOFOLLOW, 0o600);
    fs.closeSync(fd);
  }
}

/** Descriptors that LMDB opens of a state. */
const DESCRIPTORS = 4;

/**
 * Throws `io` unless LMDB will be able to open the files: where it is not, lmdb-js 3.5 ends the process by SIGSEGV (measured
 * with a lock file that cannot be written). That one is not opened here: closing it would drop LMDB's own locks.
 */
export function checkOpens(directory: string): void {
  const { O_RDWR, O_NOFOLLOW, R_OK, W_OK } = fs.constants;
  const fds: number[] = [];
  try {
    const lock = stateFile(directory) + LOCK_SUFFIX;
    fs.accessSync(fs.existsSync(lock) ? lock : directory, R_OK | W_OK);
    for (let i = 0; i < DESCRIPTORS; i++) fds.push(fs.openSync(stateFile(directory), O_RDWR | O_NOFOLLOW));
  } catch (error) {
    const { message } = error as Error;
    throw new SyncError('io', `the state in ${directory} cannot be written: ${message}`, { cause: error });
  } finally {
    for (const fd of fds) fs.closeSync(fd);
  }
}

/** Moves an unusable state out of the way, for whoever wants to look at it; an older one is overwritten. */
export function moveAside(directory: string): void {
  for (const file of [stateFile(directory), stateFile(directory) + LOCK_SUFFIX]) {
    try {
      fs.renameSync(file, file + ASIDE_SUFFIX);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  fs.rmSync(path.join(directory, DAMAGED), { force: true });
}

/** Makes the next open start anew. Best effort: if it cannot be written, the next open fails as this one did. */
export function markDamaged(directory: string, reason: string): void {
  try {
    fs.writeFileSync(path.join(directory, DAMAGED), `${reason}\n`, { mode: 0o600 });
  } catch {
    // The disk is in trouble; the error that brought us here is reported by the caller.
  }
}
