/**
 * Writes a pack: numbers in one column, byte strings in another, because JavaScript joins and copies strings
 * several times faster in one piece than one by one. Lengths of strings stand among the numbers.
 *
 * [pack]   length of the numbers varint ‖ numbers ‖ strings
 * [varint] seven bits a byte, lowest first, in as few bytes as possible (LEB128)
 */
import type { ByteString } from '../model/byte-string.js';

const FIRST_BYTES = 4096;
/** Bytes of the longest varint written: below 2^70, which includes every number of a stat. */
const VARINT_BYTES = 10;

export class PackWriter {
  #numbers = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #at = 0;
  #strings: ByteString = '';

  byte(value: number): void {
    if (this.#at === this.#numbers.length) this.#grow();
    this.#numbers[this.#at++] = value;
  }

  /** A whole number from 0 on; above 2^53 it must be one that a double holds exactly. */
  varint(value: number): void {
    if (!(value >= 0) || !Number.isInteger(value)) throw new RangeError(`expected a whole number from 0, got ${value}`);
    if (this.#at + VARINT_BYTES > this.#numbers.length) this.#grow();
    this.#at = writeVarint(this.#numbers, this.#at, value);
  }

  /** A whole number from 0 up to 2^53, as the reader's `safe` takes it: what it refused would be lost with all the rest. */
  safe(value: number): void {
    if (value > Number.MAX_SAFE_INTEGER) throw new RangeError(`expected a number up to 2^53, got ${value}`);
    this.varint(value);
  }

  /** Eight bytes, little end first. */
  double(value: number): void {
    if (this.#at + 8 > this.#numbers.length) this.#grow();
    this.#at = this.#numbers.writeDoubleLE(value, this.#at);
  }

  /** The bytes of a byte string; its length is known to the reader or was written before. */
  string(value: ByteString): void {
    this.#strings += value;
  }

  /** The pack behind some leading bytes; the writer is empty afterwards. */
  take(...leading: number[]): Buffer {
    const strings = this.#strings;
    // Text that was never turned into bytes would be cut to its low bytes here: a bug of the caller.
    if (BEYOND_BYTES.test(strings)) throw new RangeError('expected byte strings, found a char code above 255');
    const pack = Buffer.allocUnsafeSlow(leading.length + varintBytes(this.#at) + this.#at + strings.length);
    for (const [i, byte] of leading.entries()) pack[i] = byte;
    let at = writeVarint(pack, leading.length, this.#at);
    at += this.#numbers.copy(pack, at, 0, this.#at);
    pack.write(strings, at, 'latin1');
    this.clear();
    return pack;
  }

  clear(): void {
    this.#at = 0;
    this.#strings = '';
  }

  #grow(): void {
    const wider = Buffer.allocUnsafeSlow(this.#numbers.length * 2);
    this.#numbers.copy(wider, 0, 0, this.#at);
    this.#numbers = wider;
  }
}

const BEYOND_BYTES = /[^\0-\xff]/;

function writeVarint(bytes: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest > 0x7fffffff) {
    // Four bytes at a time: division is slow, and shifts only know 32 bits.
    const high = Math.floor(rest / 0x10000000);
    const low = rest - high * 0x10000000;
    bytes[at++] = (low & 0x7f) | 0x80;
    bytes[at++] = ((low >>> 7) & 0x7f) | 0x80;
    bytes[at++] = ((low >>> 14) & 0x7f) | 0x80;
    bytes[at++] = (low >>> 21) | 0x80;
    rest = high;
  }
  while (rest > 127) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}
