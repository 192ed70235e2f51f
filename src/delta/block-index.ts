/**
 * A kernel laid out for one search: the blocks' checksums, the index over them, and a window of the target.
 * The search itself is assembly/block-index.ts; this is its memory and its types.
 */
import { type Blocks, fullBlocks } from './blocks.js';
import { borrowKernel, type Kernel, returnKernel } from './kernel.js';

/** Slots of the table are 2 to 4 for each block; its filter has 16 bits for each of them, so that few pass in vain. */
const FILTER_BITS_PER_SLOT_LOG2 = 4;
const HEAD_BITS_MIN = 4;

/** Bytes of target held: enough to amortise a call, little enough for the second-level cache; 4 blocks at least. */
const WINDOW_MIN = 256 * 1024;
const WINDOW_BLOCKS = 4;
const FINE_WINDOW = 64 * 1024;

/** Bits of XXH64 in a strong checksum. */
const COARSE_MASK = 0xffffffffffffffffn;
const FINE_MASK = 0xffffffffn;

export class BlockIndex {
  readonly windowBytes: number;
  readonly #kernel: Kernel;
  readonly #windowAt: number;

  constructor(blocks: Blocks) {
    const { blockSize, partSize, weak, strong, tier } = blocks;
    this.windowBytes = Math.max(tier === 'coarse' ? WINDOW_MIN : FINE_WINDOW, WINDOW_BLOCKS * blockSize);
    const count = fullBlocks(blocks);
    const headBits = Math.max(HEAD_BITS_MIN, Math.ceil(Math.log2(count + 1)) + 1);
    const filterBits = headBits + FILTER_BITS_PER_SLOT_LOG2;
    const layout = new Layout();
    const windowAt = layout.take(this.windowBytes);
    const weakAt = layout.take(weak.byteLength);
    const strongAt = layout.take(strong.byteLength);
    const partsAt = layout.take(8 * (blockSize / partSize));
    const filterAt = layout.take(2 ** filterBits / 8);
    const headsAt = layout.take(4 * 2 ** headBits);
    const nextsAt = layout.take(4 * count);
    this.#kernel = borrowKernel(layout.size);
    const { run, bytes } = this.#kernel;
    const base = aligned(run.heapBase());
    this.#windowAt = base + windowAt;
    bytes.set(bytesOfWords(weak), base + weakAt);
    bytes.set(bytesOfWords(strong), base + strongAt);
    run.setBlocks(blockSize, partSize, base + partsAt, tier === 'coarse' ? COARSE_MASK : FINE_MASK);
    run.setIndex(
      count,
      base + weakAt,
      base + strongAt,
      base + filterAt,
      filterBits,
      base + headsAt,
      headBits,
      base + nextsAt,
    );
  }

  /** Bytes `start` to `end` of the window. Positions in the window are what the other methods take. */
  window(start: number, end: number): Buffer {
    return this.#kernel.bytes.subarray(this.#windowAt + start, this.#windowAt + end);
  }

  /** Moves what lies from `start` to `end` to the front of the window. */
  slide(start: number, end: number): void {
    this.#kernel.bytes.copyWithin(this.#windowAt, this.#windowAt + start, this.#windowAt + end);
  }

  /** First position in [from, last] whose block has an indexed weak checksum, else `last` + 1. */
  scan(from: number, last: number): number {
    return this.#kernel.run.scan(this.#windowAt + from, this.#windowAt + last) - this.#windowAt;
  }

  /** The full block equal to the one at `at`, by both checksums, or NO_BLOCK; `preferred` if it is one of several. */
  match(at: number, preferred: number): number {
    return this.#kernel.run.matchBlock(this.#windowAt + at, preferred) >>> 0;
  }

  /** The full block with a weak checksum and the strong one at `strong[from]`, or NO_BLOCK. */
  find(weak: number, strong: Uint32Array, from: number, preferred: number): number {
    return this.#kernel.run.findBlock(weak, strong[from] as number, strong[from + 1] as number, preferred) >>> 0;
  }

  /** Whether the `length` bytes at `at` have the checksums of `block`, which may be the short one. */
  equals(at: number, length: number, block: number): boolean {
    return this.#kernel.run.equalsBlock(this.#windowAt + at, length, block) !== 0;
  }

  /** Must not be used afterwards. */
  release(): void {
    returnKernel(this.#kernel);
  }
}

/** Hands out addresses from 0, aligned for every access that the kernel makes. */
class Layout {
  size = 0;

  take(bytes: number): number {
    const at = this.size;
    this.size = aligned(at + bytes);
    return at;
  }
}

function aligned(address: number): number {
  return Math.ceil(address / 16) * 16;
}

function bytesOfWords(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
