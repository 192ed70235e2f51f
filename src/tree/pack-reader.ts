/**
 * Reads what pack-writer.ts writes. The bytes may come from a peer: each read is checked against the end,
 * nothing is allocated from a declared length, and a number has one spelling only.
 */
import type { ByteString } from '../model/byte-string.js';
import { SyncError } from '../model/sync-error.js';

/** The largest number in a record: the highest inode numbers of 64 bits are rounded up to it. */
const VARINT_MAX = 2 ** 64;

export class PackReader {
  readonly #bytes: Buffer;
  #at: number;
  /** Where the numbers end. */
  #end: number;
  /** The strings in one piece: a name or digest is a slice of it, which costs less than a copy for each. */
  readonly #strings: ByteString;
  #taken = 0;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#end = bytes.length;
    const length = this.varint();
    if (length > bytes.length - this.#at) throw malformed('ends too early');
    this.#end = this.#at + length;
    this.#strings = this.#bytes.toString('latin1', this.#end);
  }

  /** Whether there is no number left; strings must then have come to their end too. */
  get ended(): boolean {
    if (this.#at < this.#end) return false;
    if (this.#taken !== this.#strings.length) throw malformed('goes on after its end');
    return true;
  }

  byte(): number {
    if (this.#at >= this.#end) throw malformed('ends too early');
    return this.#bytes[this.#at++] as number;
  }

  string(length: number): ByteString {
    const end = this.#taken + length;
    if (end > this.#strings.length) throw malformed('ends too early');
    const value = this.#strings.slice(this.#taken, end);
    this.#taken = end;
    return value;
  }

  /** A whole number up to 2^64; above 2^53 only what a double holds exactly. */
  varint(): number {
    let byte = this.byte();
    if (byte < 128) return byte;
    let value = byte & 0x7f;
    let weight = 128;
    do {
      byte = this.byte();
      value += (byte & 0x7f) * weight;
      weight *= 128;
      if (value > VARINT_MAX || weight > VARINT_MAX * 64) throw malformed('has a number that is too large');
    } while (byte >= 128);
    if (byte === 0) throw malformed('has a number that is spelled too long');
    return value;
  }

  /** A whole number up to 2^53. */
  safe(): number {
    const value = this.varint();
    if (value > Number.MAX_SAFE_INTEGER) throw malformed('has a number that is too large');
    return value;
  }

  double(): number {
    if (this.#at + 8 > this.#end) throw malformed('ends too early');
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }
}

export function malformed(what: string): SyncError {
  return new SyncError('protocol', `expected a packed directory, but it ${what}`);
}
