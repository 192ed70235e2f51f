/**
 * The checksum of a chunk: the first 8 bytes of its BLAKE3, as two little-endian u32. Among 2^20 chunks here and as many
 * of a new file, two different ones pass for one another by accident with 2^-24; the digest of the whole file then says
 * so, and it is fetched again.
 */
import { blake3 } from '../model/digest.js';

export const CHUNK_CHECKSUM_BYTES = 8;

/** Writes the checksum of `bytes` to `into[at]` and `into[at + 1]`, low half first. */
export function chunkChecksum(bytes: Uint8Array, into: Uint32Array, at: number): void {
  const digest = blake3(bytes);
  into[at] = digest.readUInt32LE(0);
  into[at + 1] = digest.readUInt32LE(4);
}
