/** Whether a run's content fits on the disk, asked before anything is transferred. */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { ROOT } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import { applyError } from './apply-error.js';

/** The error `io`, with the number of bytes that are missing, if `bytes` do not fit where `free` are left. */
export function lackOfSpace(where: string, bytes: number, free: number): SyncError | undefined {
  if (bytes <= free) return undefined;
  const message = `${bytes} bytes are to be received into ${where}, ${free} are free: ${bytes - free} bytes are missing`;
  return new SyncError('io', `${message}; free that much, or narrow the run with --only`);
}

/** Bytes that this user may still write there. A quota is not seen here; it shows when writing. */
export function freeBytes(root: AnchoredRoot): number {
  try {
    const { bavail, bsize } = fs.statfsSync(root.directory(ROOT));
    return Math.min(bavail * bsize, Number.MAX_SAFE_INTEGER);
  } catch (error) {
    throw applyError(error, 'ask for the free space of', ROOT);
  }
}
