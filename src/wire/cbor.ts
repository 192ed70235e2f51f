/**
 * CBOR headers (RFC 8949) in one canonical form: unsigned integers in their shortest encoding, false and true,
 * byte strings, UTF-8 text and arrays of definite length; nothing else (docs/PROTOCOL.md [cbor]). Input is scanned
 * before the decoder sees it, so that no tag, record, map key or huge count ever reaches it.
 */
import { isUtf8 } from 'node:buffer';
import { Encoder, type Options } from 'cbor-x';
import { SyncError } from '../model/sync-error.js';

/** Text is a string, bytes are a Buffer. Integers above 2^32 − 1 are given to the encoder as bigint. */
export type CborValue = number | bigint | boolean | string | Buffer | readonly CborValue[];

/** Levels of arrays; a message has two, so that decoding never recurses far. */
export const CBOR_DEPTH_MAX = 4;
/** Items in one header: each becomes an object of up to 100 bytes, and half a megabyte could name as many items. */
export const CBOR_ITEMS_MAX = 32_768;

const codec = new Encoder({
  useRecords: false,
  mapsAsObjects: false,
  tagUint8Array: false,
  pack: false,
  int64AsNumber: true,
} as Options & { int64AsNumber: boolean });

export function encodeCbor(value: CborValue): Buffer {
  return codec.encode(value);
}

/** The one value that these bytes are the canonical encoding of; anything else throws `protocol`. */
export function decodeCbor(bytes: Buffer): CborValue {
  items = 0;
  const end = scan(bytes, 0, 0);
  if (end !== bytes.length) throw bad(`${bytes.length - end} bytes after its end`);
  return codec.decode(bytes) as CborValue;
}

/** Items of the scan under way, which is synchronous. */
let items = 0;

/** Checks the item at `at` and returns where it ends. Counts are compared with the bytes that are there. */
function scan(bytes: Buffer, at: number, depth: number): number {
  if (++items > CBOR_ITEMS_MAX) throw bad(`more than ${CBOR_ITEMS_MAX} items`);
  const initial = bytes[at];
  if (initial === undefined) throw bad('cut short');
  if (initial === 0xf4 || initial === 0xf5) return at + 1;
  const major = initial >> 5;
  const width = argumentWidth(initial & 31);
  const start = at + 1 + width;
  if (start > bytes.length) throw bad('cut short');
  const value = width === 0 ? initial & 31 : readArgument(bytes, at + 1, width);
  switch (major) {
    case 0:
      return start;
    case 2:
    case 3:
      if (value > bytes.length - start) throw bad('cut short');
      if (major === 3 && !isUtf8(bytes.subarray(start, start + value))) throw bad('text that is no UTF-8');
      return start + value;
    case 4: {
      if (depth === CBOR_DEPTH_MAX) throw bad(`arrays nested deeper than ${CBOR_DEPTH_MAX}`);
      if (value > bytes.length - start) throw bad('cut short');
      let next = start;
      for (let i = 0; i < value; i++) next = scan(bytes, next, depth + 1);
      return next;
    }
    default:
      throw bad(`major type ${major}, which no message has`);
  }
}

function argumentWidth(additional: number): number {
  if (additional < 24) return 0;
  if (additional > 27) throw bad('an indefinite or reserved length');
  return 1 << (additional - 24);
}

function readArgument(bytes: Buffer, at: number, width: number): number {
  const high = width === 8 ? bytes.readUInt32BE(at) : 0;
  const value = width === 8 ? high * 2 ** 32 + bytes.readUInt32BE(at + 4) : bytes.readUIntBE(at, width);
  const least = width === 1 ? 24 : width === 8 ? 2 ** 32 : 2 ** (4 * width);
  if (value < least) throw bad('an integer that is not in its shortest form');
  if (value > Number.MAX_SAFE_INTEGER) throw bad('an integer above 2^53 - 1');
  return value;
}

function bad(what: string): SyncError {
  return new SyncError('protocol', `expected a canonical CBOR header, got ${what}`);
}
