/**
 * Reads one file's content in one pass: its digest, and for larger files the signature that a later delta
 * needs. A digest is given only for content that lay still: stat before and after are the same.
 */
import fs, { type Stats } from 'node:fs';
import { BlockSums, ContentHash, type HashedContent, SIGNATURE_MIN } from '../delta/content-hash.js';
import { readWindow } from '../delta/signature.js';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { localStatOf, microsecondsOf, sameStat } from '../disk/local-stat.js';
import { openRegularFile } from '../disk/regular-file.js';
import { digestOf } from '../model/digest.js';
import type { LocalStat } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import type { DigestThread } from './digest-thread.js';
import type { Pace } from './pace.js';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

export interface SeenContent extends HashedContent {
  /** Microseconds since 1970. */
  readonly mtime: number;
}

/**
 * `seen`: the stat that the caller has just read. `thread`: shares the work for large files. Undefined: the file is not,
 * or not any more, what its stat said.
 */
export type HashFile = (
  root: AnchoredRoot,
  path: RelPath,
  seen: Stats,
  pace: Pace,
  thread?: DigestThread,
) => Promise<SeenContent | undefined>;

export const hashFile: HashFile = async (root, path, seen, pace, thread) => {
  if (seen.size < SIGNATURE_MIN) return hashSmall(root, path, seen);
  const { fd } = openRegularFile(root, path, localStatOf(seen));
  try {
    const hashed = await (thread?.isWorth(seen.size)
      ? hashShared(fd, seen.size, pace, thread)
      : hashLarge(fd, seen.size, pace));
    const mtime = mtimeIfStill(fd, seen);
    return mtime === undefined ? undefined : { ...hashed, mtime };
  } catch (error) {
    if (error instanceof SyncError && error.code === 'changed') return undefined;
    throw error;
  } finally {
    fs.closeSync(fd);
  }
};

const small = Buffer.allocUnsafeSlow(SIGNATURE_MIN);

/** Without a turn of the event loop, hence one shared buffer and as few system calls as will do. */
export function hashSmall(root: AnchoredRoot, path: RelPath, seen: LocalStat): SeenContent | undefined {
  const fd = fs.openSync(root.at(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    let read = 0;
    while (read < seen.size) {
      const got = fs.readSync(fd, small, read, seen.size - read, null);
      if (got === 0) break;
      read += got;
    }
    // One look afterwards tells all: that this is the file that was seen, that it lay still, and that it did not grow.
    const mtime = read === seen.size ? mtimeIfStill(fd, seen) : undefined;
    return mtime === undefined ? undefined : { digest: digestOf(small.subarray(0, read)), mtime };
  } finally {
    fs.closeSync(fd);
  }
}

/** Throws `changed` if there are fewer than `size` bytes; that there are more, the look afterwards tells. */
async function hashLarge(fd: number, size: number, pace: Pace): Promise<HashedContent> {
  const hash = new ContentHash(size);
  await readSpan(fd, 0, size, pace, (bytes) => hash.update(bytes));
  return hash.finish();
}

/** The same with the digest taken in a thread. */
async function hashShared(fd: number, size: number, pace: Pace, thread: DigestThread): Promise<HashedContent> {
  const sums = new BlockSums(size);
  const digest = await thread.digest(fd, size, (position, length) =>
    readSpan(fd, position, length, pace, (bytes) => sums.update(bytes)),
  );
  return { digest, ...sums.finish() };
}

async function readSpan(
  fd: number,
  start: number,
  length: number,
  pace: Pace,
  take: (bytes: Uint8Array) => void,
): Promise<void> {
  for (let done = 0; done < length; ) {
    // Others use the window too: it is ours until the next turn of the event loop.
    const window = readWindow();
    const got = fs.readSync(fd, window, 0, Math.min(window.length, length - done), start + done);
    if (got === 0) throw new SyncError('changed', `expected ${length} bytes at ${start}, got ${done}`);
    take(window.subarray(0, got));
    done += got;
    if (pace.isOver()) await pace.turn();
  }
}

/** The exact mtime in microseconds, if the file still is what was seen. */
function mtimeIfStill(fd: number, seen: LocalStat): number | undefined {
  const now = fs.fstatSync(fd, { bigint: true });
  return now.isFile() && sameStat(localStatOf(now), seen) ? microsecondsOf(now) : undefined;
}
