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

const NOTHING = new Uint8Array(0);

/**
 * Collects parts up to a limit; what exceeds it is refused before it is kept. One buffer that doubles, and no list of
 * parts: a peer may send parts of one byte each, and an object for each of them would cost a hundred times its bytes.
 */
export class PartBuffer {
  readonly #limit: number;
  #bytes = NOTHING;
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keeps a copy. False when the limit would be passed. Throws `protocol` for a part that is empty and not the last. */
  add(bytes: Uint8Array, last: boolean): boolean {
    if (bytes.length === 0 && !last) throw new SyncError('protocol', 'a part of no bytes came, and it is not the last');
    const size = this.#size + bytes.length;
    if (size > this.#limit) return false;
    if (size > this.#bytes.length) this.#grow(last ? size : Math.min(this.#limit, 2 * size));
    this.#bytes.set(bytes, this.#size);
    this.#size = size;
    return true;
  }

  /** What came, of which the caller is the owner now. */
  take(): Uint8Array {
    const whole = this.#bytes.subarray(0, this.#size);
    this.#bytes = NOTHING;
    this.#size = 0;
    return whole;
  }

  #grow(capacity: number): void {
    const grown = new Uint8Array(capacity);
    grown.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = grown;
  }
}
