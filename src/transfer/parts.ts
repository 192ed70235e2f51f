/** Splits bytes that may exceed a frame into parts; there is always at least one, and the last says so. */

import { SyncError } from '../model/sync-error.js';

/** Bytes of payload in one frame: large enough to amortise its cost, small enough to interleave channels. */
export const PART_BYTES = 256 * 1024;

export interface Part {
  readonly bytes: Uint8Array;
  readonly last: boolean;
}

export function* partsOf(bytes: Uint8Array, size: number): Generator<Part> {
  for (let start = 0; start === 0 || start < bytes.length; start += size) {
    const end = Math.min(start + size, bytes.length);
    yield { bytes: bytes.subarray(start, end), last: end === bytes.length };
  }
}

/** Collects parts up to a limit; what exceeds it is refused before it is kept. */
export class PartBuffer {
  readonly #limit: number;
  #parts: Uint8Array[] = [];
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keeps a copy. False when the limit would be passed. Throws `protocol` for a part that is empty and not the last. */
  add(bytes: Uint8Array, last: boolean): boolean {
    if (bytes.length === 0 && !last) throw new SyncError('protocol', 'a part of no bytes came, and it is not the last');
    this.#size += bytes.length;
    if (this.#size > this.#limit) return false;
    this.#parts.push(Uint8Array.prototype.slice.call(bytes));
    return true;
  }

  take(): Uint8Array {
    const whole = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#size = 0;
    return whole ?? new Uint8Array(0);
  }
}
