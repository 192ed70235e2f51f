/**
 * Strong checksum of a signature's blocks: the first 8 bytes of BLAKE3, held as two little-endian u32.
 *
 * Why 8: with the weak checksum's 32 bits a pair of different blocks passes by accident with 2^-96. A search
 * compares at most blocks * positions pairs, 2^19 * 2^42 for the largest file, so a false match has less than
 * 2^-35; and the receiver checks the whole file's digest, so it costs a second transfer, never a wrong file.
 */

import { bytesOf } from '../model/byte-string.js';
import { blake3, digestStream } from '../model/digest.js';

export const STRONG_BYTES = 8;

/** Writes the strong checksum of `bytes` to `into[at]` and `into[at + 1]`. */
export function strongChecksum(bytes: Uint8Array, into: Uint32Array, at: number): void {
  put(blake3(bytes), into, at);
}

/** The same for a block that comes in pieces. */
export interface StrongStream {
  update(bytes: Uint8Array): void;
  finish(into: Uint32Array, at: number): void;
}

export function strongStream(): StrongStream {
  const stream = digestStream();
  return {
    update: (bytes) => stream.update(bytes),
    finish: (into, at) => put(bytesOf(stream.digest()), into, at),
  };
}

function put(digest: Buffer, into: Uint32Array, at: number): void {
  into[at] = digest.readUInt32LE(0);
  into[at + 1] = digest.readUInt32LE(4);
}
