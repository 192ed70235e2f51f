/**
 * One directory as the state stores it: a header with a checksum, then the packed entries of
 * tree/directory-codec.ts. LMDB has no checksums of its own; a record that does not check is as good as
 * lost, and a lost record costs history, never content.
 */
import { crc32 } from 'node:zlib';
import { decodeDirectory, encodeDirectory } from '../tree/directory-codec.js';
import type { LocalDirectory } from './folder-state.js';

/** Layout of this file; another one in a record's first byte makes the record unknown. */
const VERSION = 1;
/** version 1 ‖ stamp 8 (double, LE) ‖ CRC-32 of the packed entries 4 (LE). */
const HEADER_BYTES = 13;

/** `stamp` is a number that no other record of this state ever had, so that a decoded copy can be recognised. */
export function encodeRecord(entries: LocalDirectory, stamp: number): Buffer {
  const packed = encodeDirectory(entries, { local: true });
  const record = Buffer.allocUnsafe(HEADER_BYTES + packed.length);
  record[0] = VERSION;
  record.writeDoubleLE(stamp, 1);
  record.writeUInt32LE(crc32(packed), 9);
  record.set(packed, HEADER_BYTES);
  return record;
}

/** The entries, or undefined if the record is none of ours or damaged. */
export function decodeRecord(record: Buffer): LocalDirectory | undefined {
  if (record.length < HEADER_BYTES || record[0] !== VERSION) return undefined;
  const packed = record.subarray(HEADER_BYTES);
  if (crc32(packed) !== record.readUInt32LE(9)) return undefined;
  try {
    return decodeDirectory(packed, { local: true });
  } catch {
    return undefined;
  }
}

export function stampOf(record: Buffer): number {
  return record.length < HEADER_BYTES ? Number.NaN : record.readDoubleLE(1);
}

export function restamp(record: Buffer, stamp: number): void {
  record.writeDoubleLE(stamp, 1);
}

/** Whether two records hold the same entries, whenever they were written. */
export function sameEntries(a: Buffer, b: Buffer): boolean {
  return a.subarray(9).equals(b.subarray(9));
}
