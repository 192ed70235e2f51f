/**
 * The blocks that a search looks for: where in the basis each lies, and its checksums. A signature is one range
 * cut into blocks; a refined gap is one range or two.
 */

export interface BasisRange {
  /** Bytes from the start of the basis. */
  readonly start: number;
  readonly length: number;
}

export interface Blocks {
  readonly blockSize: number;
  /** Cut into blocks in order. Only the last one's length may be no multiple of the block size. */
  readonly ranges: readonly BasisRange[];
  /** A strong checksum is over the block, or, of a block of several parts of this size, over theirs (super-block.ts). */
  readonly partSize: number;
  /** `fine` blocks carry a strong checksum of 32 bits rather than 64. */
  readonly tier: 'coarse' | 'fine';
  readonly weak: Uint32Array;
  /** Two for each block, low half first. */
  readonly strong: Uint32Array;
}

export const NO_BLOCK = 0xffffffff;

/** How many blocks a range or a file of `length` bytes has; the last one may be short. */
export function blockCount(length: number, blockSize: number): number {
  return Math.ceil(length / blockSize);
}

/** Blocks of the full size; a short one, if there is one, comes behind them. */
export function fullBlocks(blocks: Blocks): number {
  const last = blocks.ranges.at(-1);
  return blocks.weak.length - (last !== undefined && last.length % blocks.blockSize !== 0 ? 1 : 0);
}

/** Where in the basis a block starts. */
export function offsetOf(blocks: Blocks, block: number): number {
  let first = 0;
  for (const { start, length } of blocks.ranges) {
    const count = blockCount(length, blocks.blockSize);
    if (block < first + count) return start + (block - first) * blocks.blockSize;
    first += count;
  }
  throw new RangeError(`block ${block} of ${first}`);
}

/** The block that starts exactly at `offset`, or {@link NO_BLOCK}. */
export function blockAt(blocks: Blocks, offset: number): number {
  let first = 0;
  for (const { start, length } of blocks.ranges) {
    const within = offset - start;
    if (within >= 0 && within < length && within % blocks.blockSize === 0) return first + within / blocks.blockSize;
    first += blockCount(length, blocks.blockSize);
  }
  return NO_BLOCK;
}

/** Bytes of a block: the block size, except of a short last one. */
export function lengthOf(blocks: Blocks, block: number): number {
  if (block < fullBlocks(blocks)) return blocks.blockSize;
  return (blocks.ranges.at(-1)?.length ?? 0) % blocks.blockSize;
}
