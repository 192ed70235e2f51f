/**
 * Variable-length integers of delta payloads: 7 bits a byte, lowest first, the high bit says that more follow
 * (LEB128), up to 2^53; signed ones are folded to 0, -1, 1, -2, … first (zigzag).
 */
import { SyncError } from '../model/sync-error.js';

/** Bytes of the longest one. */
export const VARINT_BYTES_MAX = 8;

/** Writes `value` at `at`; where it ends. */
export function writeVarint(into: Uint8Array, at: number, value: number): number {
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) into[at++] = 128 + (rest % 128);
  into[at++] = rest;
  return at;
}

export function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

export function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/** Reads integers from a peer's bytes; a `protocol` error where they end early, or are too large or too long. */
export class VarintReader {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.at === this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    let weight = 1;
    for (let i = 0; i < VARINT_BYTES_MAX; i++, weight *= 128) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) throw new SyncError('protocol', 'a delta payload ends within a number');
      value += (byte & 127) * weight;
      if (byte > 127) continue;
      // One encoding for each number: a longer one would let equal payloads differ.
      if ((byte === 0 && i > 0) || !Number.isSafeInteger(value)) break;
      return value;
    }
    throw new SyncError('protocol', 'a number in a delta payload is too large or not in its shortest form');
  }

  take(length: number): Uint8Array {
    const bytes = this.#bytes.subarray(this.at, this.at + length);
    if (bytes.length < length) throw new SyncError('protocol', 'a delta payload ends within a literal');
    this.at += length;
    return bytes;
  }
}
