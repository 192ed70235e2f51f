/** Content that is read at any place, such as an open file; what the delta exchange needs of its two sides. */
import { SyncError } from '../model/sync-error.js';

export interface RandomReader {
  /** Bytes; what it was when its digest was taken. */
  readonly size: number;
  /** Reads up to `target.length` bytes at `position`; the number read, less only at the end. */
  read(target: Uint8Array, position: number): number;
}

/** Fills `target` from `position`, or throws `changed`: the file is shorter than when it was scanned. */
export function readExactly(reader: RandomReader, target: Uint8Array, position: number): void {
  const read = reader.read(target, position);
  if (read === target.length) return;
  throw new SyncError(
    'changed',
    `expected ${target.length} bytes at ${position} of a file of ${reader.size}, got ${read}`,
  );
}
