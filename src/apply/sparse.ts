/**
 * Which parts of a buffer hold data, so that long runs of zeros become holes ("sparse files stay sparse").
 * Only whole {@link HOLE_BYTES} blocks, aligned in the file, are left out: smaller holes save nothing on disk.
 */

/** Bytes; the block size of common file systems. */
export const HOLE_BYTES = 4096;
const ZEROS = Buffer.alloc(HOLE_BYTES);

export interface DataRun {
  /** Offsets in the buffer. */
  readonly start: number;
  readonly end: number;
}

/** The runs of `bytes`, which stand at `position` of the file, that must be written. */
export function* dataRuns(bytes: Uint8Array, position: number): Generator<DataRun> {
  let runStart = 0;
  let block = (HOLE_BYTES - (position % HOLE_BYTES)) % HOLE_BYTES;
  for (; block + HOLE_BYTES <= bytes.length; block += HOLE_BYTES) {
    if (!isZeroBlock(bytes, block)) continue;
    if (runStart < block) yield { start: runStart, end: block };
    runStart = block + HOLE_BYTES;
  }
  if (runStart < bytes.length) yield { start: runStart, end: bytes.length };
}

function isZeroBlock(bytes: Uint8Array, start: number): boolean {
  // Most blocks differ in one of these bytes already; the comparison of the whole block is for the rest.
  if (bytes[start] !== 0 || bytes[start + HOLE_BYTES - 1] !== 0) return false;
  return ZEROS.compare(bytes, start, start + HOLE_BYTES) === 0;
}
