/** Makes many staged files durable at once: the disk's journal is then written a few times only. */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { openRegularFile } from '../disk/regular-file.js';
import { type RelPath, ROOT } from '../model/path.js';
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

/** Files whose mode and mtime were set under their names, opened at once. */
const IN_PLACE = 64;

/**
 * Makes mode and mtime of files durable that stand under their names. One that is gone by now, or that its owner may not
 * read, is left out: after a power cut the next scan takes its old mode or mtime for an edit.
 */
export async function syncInPlace(root: AnchoredRoot, paths: readonly RelPath[]): Promise<void> {
  for (let start = 0; start < paths.length; start += IN_PLACE) {
    const fds = paths.slice(start, start + IN_PLACE).flatMap((path) => openIfThere(root, path));
    const results = await Promise.allSettled(fds.map(flush));
    for (const fd of fds) fs.closeSync(fd);
    for (const result of results) {
      if (result.status === 'rejected') throw applyError(result.reason, 'make durable', ROOT);
    }
  }
}

function openIfThere(root: AnchoredRoot, path: RelPath): number[] {
  try {
    return [openRegularFile(root, path).fd];
  } catch {
    return [];
  }
}

function flush(fd: number): Promise<void> {
  return new Promise((resolve, reject) => fs.fsync(fd, (error) => (error === null ? resolve() : reject(error))));
}
