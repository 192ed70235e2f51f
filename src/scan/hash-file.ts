/**
 * Reads one file's content in one pass: its digest, and for larger files the signature that a later delta
 * needs. A digest is given only for content that lay still: stat before and after are the same.
 */
import fs, { type Stats } from 'node:fs';
import { ContentHash, type HashedContent, SIGNATURE_MIN } from '../delta/content-hash.js';
import { readWindow } from '../delta/signature.js';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { localStatOf, microsecondsOf, sameStat } from '../disk/local-stat.js';
import { openRegularFile } from '../disk/regular-file.js';
import { digestOf } from '../model/digest.js';
import type { LocalStat } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import type { Pace } from './pace.js';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

export interface SeenContent extends HashedContent {
  /** Microseconds since 1970. */
  readonly mtime: number;
}

/** `seen`: the stat that the caller has just read. Undefined: the file is not, or not any more, what that said. */
export type HashFile = (root: AnchoredRoot, path: RelPath, seen: Stats, pace: Pace) => Promise<SeenContent | undefined>;

export const hashFile: HashFile = async (root, path, seen, pace) =>
  seen.size < SIGNATURE_MIN ? hashSmall(root, path, seen) : hashLarge(root, path, seen, pace);

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

async function hashLarge(root: AnchoredRoot, path: RelPath, seen: Stats, pace: Pace): Promise<SeenContent | undefined> {
  const { fd } = openRegularFile(root, path, localStatOf(seen));
  try {
    const hash = new ContentHash(seen.size);
    let read = 0;
    for (;;) {
      // Others use the window too: it is ours until the next turn of the event loop.
      const window = readWindow();
      const got = fs.readSync(fd, window, 0, window.length, null);
      if (got === 0) break;
      read += got;
      if (read > seen.size) return undefined;
      const chunk = window.subarray(0, got);
      hash.update(chunk);
      if (pace.isOver()) await pace.turn();
    }
    const mtime = read === seen.size ? mtimeIfStill(fd, seen) : undefined;
    return mtime === undefined ? undefined : { ...hash.finish(), mtime };
  } finally {
    fs.closeSync(fd);
  }
}

/** The exact mtime in microseconds, if the file still is what was seen. */
function mtimeIfStill(fd: number, seen: LocalStat): number | undefined {
  const now = fs.fstatSync(fd, { bigint: true });
  return now.isFile() && sameStat(localStatOf(now), seen) ? microsecondsOf(now) : undefined;
}
