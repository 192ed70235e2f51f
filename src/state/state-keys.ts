/**
 * The keys of the state's one LMDB database. The first byte says what a value is:
 * `d` directory by path, `D` directory by the BLAKE3 of a path that is too long for a key, `m` meta,
 * `s` signature by content digest, `w` signatures in the order in which they were written.
 */
import { bytesOf } from '../model/byte-string.js';
import { blake3, type Digest } from '../model/digest.js';
import type { RelPath } from '../model/path.js';

/** Bytes of a path that is its own key. LMDB's limit with 4 KiB pages is 1,978 bytes. */
const PATH_KEY_MAX = 1900;

export const META_KEYS = ['format', 'replica', 'counter', 'root', 'seen', 'peers', 'stamp', 'signatures'] as const;
export type MetaKey = (typeof META_KEYS)[number];

export function directoryKey(path: RelPath): Buffer {
  if (path.length <= PATH_KEY_MAX) return bytesOf(`d${path}`);
  return Buffer.concat([Buffer.from('D'), blake3(bytesOf(path))]);
}

export function metaKey(name: MetaKey): Buffer {
  return Buffer.from(`m${name}`);
}

export function signatureKey(digest: Digest): Buffer {
  return bytesOf(`s${digest}`);
}

/** Sorts by `sequence`, so that the first key of the range is the oldest signature. */
export function writtenKey(sequence: number): Buffer {
  const key = Buffer.alloc(9, 'w');
  key.writeBigUInt64BE(BigInt(sequence), 1);
  return key;
}

/** All written keys: from the first one to (not including) the second. */
export const WRITTEN_RANGE = { start: Buffer.from('w'), end: Buffer.from('x') } as const;

export const EVERYTHING = { start: Buffer.from([1]), end: Buffer.from([255]) } as const;
