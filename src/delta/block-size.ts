/**
 * Block sizes of both tiers, as pure functions of sizes that both ends know: near the optimum, and steady
 * while a file grows, so that a remembered signature stays useful (docs/DESIGN.md §5).
 */

/** Bytes; below this a checksum is too large a part of what it stands for. */
export const BLOCK_MIN = 1024;
/** Bytes; two of them must fit the search window in memory. */
export const BLOCK_MAX = 8 * 1024 * 1024;
/** Blocks of one signature: 6 MiB of it, and as much as a peer can make us hold. */
export const SIGNATURE_BLOCKS_MAX = 2 ** 19;
/** Bytes; a larger file (4 TiB) is transferred whole. */
export const DELTA_SIZE_MAX = BLOCK_MAX * SIGNATURE_BLOCKS_MAX;

/** Bytes of one checksum of refinement on the wire. */
export const FINE_SUM_BYTES = 8;
export const FINE_BLOCK_MIN = 64;
export const FINE_BLOCK_MAX = 8 * 1024;
/** Bytes of the largest block that may be asked about: the parts of a super block (super-block.ts). */
export const ASKED_BLOCK_MAX = 1024 * 1024;

/**
 * Bytes of a block of a file of `size` bytes: the power of two next to its square root (rsync's choice: the
 * signature and the literal around one edit then grow alike), so it changes only when the size quadruples.
 */
export function blockSizeFor(size: number): number {
  let block = clamp(powerOfTwoNear(Math.sqrt(size)), BLOCK_MIN, BLOCK_MAX);
  while (block < BLOCK_MAX && size > block * SIGNATURE_BLOCKS_MAX) block *= 2;
  return block;
}

/**
 * Bytes of a fine block for a gap over `basis` bytes. With one edit in the gap, what crosses is
 * basis/b checksums and about b bytes of literal more than the edit itself: least at b = sqrt(basis * sum). A gap
 * of several coarse blocks has at least one edit in each, else it would not be one; so it counts as one block.
 */
export function fineBlockSizeFor(basis: number, coarseBlock: number): number {
  const optimum = Math.sqrt(Math.min(basis, coarseBlock) * FINE_SUM_BYTES);
  return clamp(powerOfTwoNear(optimum), FINE_BLOCK_MIN, FINE_BLOCK_MAX);
}

function powerOfTwoNear(value: number): number {
  return 2 ** Math.round(Math.log2(Math.max(1, value)));
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
