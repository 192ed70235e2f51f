/**
 * The keys of the state's one LMDB database. The first byte says what a value is:
 * `d` directory by path, `D` directory by the BLAKE3 of a path that is too long for a key, `m` meta,
 * and for each kind of what is remembered of contents, a value by content digest and the order in which they were
 * written: `s` and `w` signatures, `c` and `v` lists of chunks, `p` and `q` samples of chunks.
 */
import { bytesOf } from '../model/byte-string.js';
import { blake3, type Digest } from '../model/digest.js';
import type { RelPath } from '../model/path.js';

/** Bytes of a path that is its own key. LMDB's limit with 4 KiB pages is 1,978 bytes. */
const PATH_KEY_MAX = 1900;

export const META_KEYS = [
  'format',
  'replica',
  'counter',
  'root',
  'seen',
  'peers',
  'stamp',
  'signatures',
  'chunks',
  'samples',
] as const;
export type MetaKey = (typeof META_KEYS)[number];

export function directoryKey(path: RelPath): Buffer {
  if (path.length <= PATH_KEY_MAX) return bytesOf(`d${path}`);
  return Buffer.concat([Buffer.from('D'), blake3(bytesOf(path))]);
}

export function metaKey(name: MetaKey): Buffer {
  return Buffer.from(`m${name}`);
}

/** The keys of one kind of what is remembered of contents. */
export interface ContentKeys {
  /** First byte of the values' keys. */
  readonly value: string;
  /** First byte of the keys of their order. */
  readonly order: string;
  /** Where their sums are. */
  readonly totals: MetaKey;
}

export const SIGNATURE_KEYS: ContentKeys = { value: 's', order: 'w', totals: 'signatures' };
export const CHUNK_KEYS: ContentKeys = { value: 'c', order: 'v', totals: 'chunks' };
export const SAMPLE_KEYS: ContentKeys = { value: 'p', order: 'q', totals: 'samples' };

export function contentKey({ value }: ContentKeys, digest: Digest): Buffer {
  return bytesOf(`${value}${digest}`);
}

/** Sorts by `sequence`, so that the first key of the range is the oldest value. */
export function orderKey({ order }: ContentKeys, sequence: number): Buffer {
  const key = Buffer.alloc(9, order);
  key.writeBigUInt64BE(BigInt(sequence), 1);
  return key;
}

/** All keys of the order: from the first one to (not including) the second. */
export function orderRange({ order }: ContentKeys): { start: Buffer; end: Buffer } {
  return { start: Buffer.from(order), end: Buffer.from([order.charCodeAt(0) + 1]) };
}

export const EVERYTHING = { start: Buffer.from([1]), end: Buffer.from([255]) } as const;
