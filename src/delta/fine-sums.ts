/** Fine checksums of basis bytes: the answer to a question of refinement (refine-codec.ts). */
import { FINE_SUM_BYTES } from './block-size.js';
import { sharedKernel, WINDOW_BYTES } from './kernel.js';
import type { FineRange } from './refine-codec.js';

/** Reads all of `target` at `position` of the basis. */
export type ReadBasis = (target: Uint8Array, position: number) => void;

/** Bytes that one call sums: under a millisecond, and a multiple of every block size. */
export const FINE_STEP_BYTES = WINDOW_BYTES;

/**
 * Writes the checksums of a range of at most {@link FINE_STEP_BYTES} to `into` at `at`; where they end. The
 * basis is read straight into the kernel.
 */
export function writeFineSums(read: ReadBasis, range: FineRange, into: Uint8Array, at: number): number {
  const { start, length, blockSize } = range;
  const { run, window, windowAt, resultAt, bytes } = sharedKernel();
  read(window.subarray(0, length), start);
  const end = resultAt + run.fineSums(windowAt, length, blockSize, resultAt) * FINE_SUM_BYTES;
  into.set(bytes.subarray(resultAt, end), at);
  return at + end - resultAt;
}
