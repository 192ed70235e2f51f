/**
 * Lists of chunks as they are kept in the state and sent (docs/PROTOCOL.md [chunks]): for each chunk `u16` length
 * minus one and 8 bytes of its strong checksum, little-endian.
 */
import { SyncError } from '../model/sync-error.js';
import { CHUNK_CHECKSUM_BYTES } from './chunk-checksum.js';
import type { Chunks } from './chunks.js';

/** Bytes of one chunk in a list. */
export const CHUNK_BYTES = 2 + CHUNK_CHECKSUM_BYTES;

export function encodeChunks({ lengths, strong }: Chunks): Buffer {
  const bytes = Buffer.allocUnsafe(lengths.length * CHUNK_BYTES);
  for (let i = 0, at = 0; i < lengths.length; i++, at += CHUNK_BYTES) {
    bytes.writeUInt16LE((lengths[i] as number) - 1, at);
    bytes.writeUInt32LE(strong[2 * i] as number, at + 2);
    bytes.writeUInt32LE(strong[2 * i + 1] as number, at + 6);
  }
  return bytes;
}

/** The chunks of a list from a peer or the state; `protocol` if it is none. */
export function decodeChunks(bytes: Uint8Array): Chunks {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length % CHUNK_BYTES !== 0) {
    throw new SyncError('protocol', `expected chunks of ${CHUNK_BYTES} bytes each, got ${buffer.length} bytes`);
  }
  const count = buffer.length / CHUNK_BYTES;
  const lengths = new Uint32Array(count);
  const strong = new Uint32Array(2 * count);
  for (let i = 0, at = 0; i < count; i++, at += CHUNK_BYTES) {
    lengths[i] = buffer.readUInt16LE(at) + 1;
    strong[2 * i] = buffer.readUInt32LE(at + 2);
    strong[2 * i + 1] = buffer.readUInt32LE(at + 6);
  }
  return { lengths, strong };
}

/** Lists behind one another as one. */
export function joinChunks(lists: readonly Chunks[]): Chunks {
  const count = lists.reduce((sum, { lengths }) => sum + lengths.length, 0);
  const lengths = new Uint32Array(count);
  const strong = new Uint32Array(2 * count);
  let at = 0;
  for (const list of lists) {
    lengths.set(list.lengths, at);
    strong.set(list.strong, 2 * at);
    at += list.lengths.length;
  }
  return { lengths, strong };
}
