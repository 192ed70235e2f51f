/** Makes many staged files durable at once: the disk's journal is then written a few times only. */
import fs from 'node:fs';
import { applyError } from './apply-error.js';
import type { StagedFile } from './staged-file.js';

export interface SyncOptions {
  /** False: nothing is done (`--no-fsync`). */
  readonly fsync: boolean;
}

/**
 * Flushes the files through libuv's pool, as many at once as it has threads. It is fsync, not fdatasync:
 * mtime and mode set before must survive with the content. Rejects with `io` if any flush failed, after all ended.
 */
export async function syncAll(files: readonly StagedFile[], options: SyncOptions): Promise<void> {
  if (!options.fsync) return;
  const results = await Promise.allSettled(files.map((file) => flush(file.fd)));
  for (const [index, result] of results.entries()) {
    const file = files[index];
    if (result.status === 'rejected' && file !== undefined) throw applyError(result.reason, 'make durable', file.path);
  }
}

function flush(fd: number): Promise<void> {
  return new Promise((resolve, reject) => fs.fsync(fd, (error) => (error === null ? resolve() : reject(error))));
}
