/**
 * Opens content to send it, copy it or build on it: only if the file still is what was scanned, never through a
 * symlink, never blocking on a FIFO (docs/SECURITY.md, "Send").
 */
import fs from 'node:fs';
import { type ByteString, byteStringOf, bytesOf } from '../model/byte-string.js';
import type { LocalStat } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import type { AnchoredRoot } from './anchored-root.js';
import { localStatOf, sameStat } from './local-stat.js';
import { openRegularFile } from './regular-file.js';

export interface ContentReader {
  readonly size: number;
  /** The open file; a symlink's target has none. */
  readonly fd?: number;
  /** Reads up to `target.length` bytes at `position`; the number read, less only at the end. */
  read(target: Uint8Array, position: number): number;
  /** Whether the file still is what it was when opened. */
  unchanged(): boolean;
  close(): void;
}

/** Undefined if the file is gone, cannot be read or is not what `expected` says. */
export function readFileContent(root: AnchoredRoot, path: RelPath, expected: LocalStat): ContentReader | undefined {
  const fd = tryOpen(root, path, expected);
  if (fd === undefined) return undefined;
  return {
    size: expected.size,
    fd,
    read: (target, position) => readFully(fd, target, position),
    unchanged: () => sameStat(localStatOf(fs.fstatSync(fd)), expected),
    close: () => fs.closeSync(fd),
  };
}

/** A symlink's target as content; undefined if there is no symlink. */
export function readLinkContent(
  root: AnchoredRoot,
  path: RelPath,
): (ContentReader & { target: ByteString }) | undefined {
  const target = tryReadLink(root, path);
  if (target === undefined) return undefined;
  const bytes = bytesOf(target);
  return {
    target,
    size: bytes.length,
    read: (into, position) => {
      const part = bytes.subarray(position, position + into.length);
      into.set(part);
      return part.length;
    },
    unchanged: () => true,
    close: () => {},
  };
}

/** Whatever keeps it from being opened: to the other end it is gone, and the scan reports why. */
function tryOpen(root: AnchoredRoot, path: RelPath, expected: LocalStat): number | undefined {
  try {
    return openRegularFile(root, path, expected).fd;
  } catch {
    return undefined;
  }
}

function tryReadLink(root: AnchoredRoot, path: RelPath): ByteString | undefined {
  try {
    return byteStringOf(fs.readlinkSync(root.at(path), { encoding: 'buffer' }));
  } catch {
    return undefined;
  }
}

/** Reads up to `target.length` bytes at `position`; the number read, less only at the end. */
export function readFully(fd: number, target: Uint8Array, position: number): number {
  let done = 0;
  while (done < target.length) {
    const read = fs.readSync(fd, target, done, target.length - done, position + done);
    if (read === 0) break;
    done += read;
  }
  return done;
}
