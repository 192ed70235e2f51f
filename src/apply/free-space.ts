/** Whether a run's content fits on the disk, asked before anything is transferred. */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { ROOT } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import { applyError } from './apply-error.js';

/** Throws `io` with the number of bytes that are missing. A quota is not seen here; it shows when writing. */
export function ensureSpace(root: AnchoredRoot, bytes: number): void {
  const free = freeBytes(root);
  if (bytes <= free) return;
  const message = `${bytes} bytes are to be received into ${root.path}, ${free} are free: ${bytes - free} bytes are missing`;
  throw new SyncError('io', `${message}; free that much, or narrow the run with --only`);
}

/** Bytes that this user may still write there. */
export function freeBytes(root: AnchoredRoot): number {
  try {
    const { bavail, bsize } = fs.statfsSync(root.directory(ROOT));
    return bavail * bsize;
  } catch (error) {
    throw applyError(error, 'ask for the free space of', ROOT);
  }
}
