/**
 * Opens content that this replica recorded, to send it or to copy it: only if the file still is what was
 * scanned, never through a symlink, never blocking on a FIFO (docs/SECURITY.md, "Send").
 */
import fs from 'node:fs';
import { localStatOf, sameStat } from '../disk/local-stat.js';
import { type ByteString, byteStringOf, bytesOf } from '../model/byte-string.js';
import { type Digest, digestOfLink } from '../model/digest.js';
import type { LocalEntry } from '../model/entry.js';
import { nameOf, parentOf, type RelPath } from '../model/path.js';
import { findEntry } from '../tree/edit-directory.js';
import type { Replica } from './replica.js';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

export interface OpenContent {
  readonly size: number;
  /** Reads up to `target.length` bytes at `position`; the number read, less only at the end. */
  read(target: Uint8Array, position: number): number;
  /** Whether the file still is what it was when opened. */
  unchanged(): boolean;
  close(): void;
}

/** The content recorded under `path` with that digest, or undefined if it is gone or has changed. */
export function openContent(replica: Replica, path: RelPath, digest: Digest): OpenContent | undefined {
  const entry = findEntry(replica.state.directory(parentOf(path)) ?? [], nameOf(path));
  if (entry === undefined || entry.digest !== digest || entry.stat === undefined) return undefined;
  if (entry.kind === 'symlink') return openLink(replica, path, digest);
  return entry.kind === 'file' ? openFile(replica, path, entry) : undefined;
}

function openFile(replica: Replica, path: RelPath, entry: LocalEntry): OpenContent | undefined {
  const { stat } = entry;
  if (stat === undefined) return undefined;
  let fd: number;
  try {
    fd = fs.openSync(replica.root.at(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return undefined;
  }
  const unchanged = (): boolean => {
    const now = fs.fstatSync(fd);
    return now.isFile() && sameStat(localStatOf(now), stat);
  };
  if (!unchanged()) {
    fs.closeSync(fd);
    return undefined;
  }
  return {
    size: entry.size,
    read: (target, position) => readFully(fd, target, position),
    unchanged,
    close: () => fs.closeSync(fd),
  };
}

function openLink(replica: Replica, path: RelPath, digest: Digest): OpenContent | undefined {
  let target: ByteString;
  try {
    target = byteStringOf(fs.readlinkSync(replica.root.at(path), { encoding: 'buffer' }));
  } catch {
    return undefined;
  }
  if (digestOfLink(target) !== digest) return undefined;
  const bytes = bytesOf(target);
  return {
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

function readFully(fd: number, target: Uint8Array, position: number): number {
  let done = 0;
  while (done < target.length) {
    const read = fs.readSync(fd, target, done, target.length - done, position + done);
    if (read === 0) break;
    done += read;
  }
  return done;
}
