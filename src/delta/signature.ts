/**
 * The signature of a file: a weak and a strong checksum for each of its blocks (Tridgell 1999, ch. 3). Built in
 * one pass while the file is hashed anyway.
 */
import { blockSizeFor } from './block-size.js';
import { type Blocks, blockCount } from './blocks.js';
import { HASH_STATE_BYTES, sharedKernel, WINDOW_BYTES } from './kernel.js';

export interface Signature extends Blocks {
  readonly tier: 'coarse';
  /** Bytes of the file. */
  readonly size: number;
}

/** Bytes of a strong checksum: XXH64, held as two little-endian u32 (docs/DESIGN.md §5 says why not a stronger one). */
export const STRONG_BYTES = 8;

/** Bytes of a weak and a strong checksum, side by side. */
const SUM_BYTES = 4 + STRONG_BYTES;

/** A signature of `size` bytes over checksums that the caller has or fills in; in super blocks of `factor` blocks. */
export function signatureOf(size: number, weak: Uint32Array, strong: Uint32Array, factor = 1): Signature {
  const ranges = size === 0 ? [] : [{ start: 0, length: size }];
  const partSize = blockSizeFor(size);
  return { tier: 'coarse', size, blockSize: partSize * factor, partSize, ranges, weak, strong };
}

/**
 * Builds the signature of a file whose size is known. Chunks may have any length; whole blocks within a chunk
 * are quickest. A chunk read straight into {@link readWindow} is summed where it lies.
 */
export class SignatureBuilder {
  readonly #signature: Signature;
  readonly #kernel = sharedKernel();
  /** Blocks completed. */
  #done = 0;
  /** Bytes of the block under way, its weak sum so far, and its strong one while others use the kernel. */
  #partial = 0;
  #weak = 0;
  readonly #strong = Buffer.alloc(HASH_STATE_BYTES);

  constructor(size: number) {
    const count = blockCount(size, blockSizeFor(size));
    this.#signature = signatureOf(size, new Uint32Array(count), new Uint32Array(count * 2));
  }

  update(chunk: Uint8Array): void {
    const inPlace = chunk.buffer === this.#kernel.bytes.buffer;
    for (let start = 0; start < chunk.length; start += WINDOW_BYTES) {
      const part = chunk.subarray(start, start + WINDOW_BYTES);
      if (!inPlace) this.#kernel.window.set(part);
      this.#window(inPlace ? chunk.byteOffset + start : this.#kernel.windowAt, part.length);
    }
  }

  /** Takes `count` whole blocks' checksums over instead of their bytes; only between blocks, from one of the same block size. */
  adopt({ weak, strong }: Signature, block: number, count: number): void {
    this.#signature.weak.set(weak.subarray(block, block + count), this.#done);
    this.#signature.strong.set(strong.subarray(2 * block, 2 * (block + count)), 2 * this.#done);
    this.#done += count;
  }

  /** The signature, or undefined if there were not exactly `size` bytes: the file changed meanwhile. */
  finish(): Signature | undefined {
    const { size, blockSize, weak } = this.#signature;
    if (this.#done * blockSize + this.#partial !== size) return undefined;
    if (this.#partial > 0) this.#complete();
    return this.#done === weak.length ? this.#signature : undefined;
  }

  /** Sums `length` bytes that lie in the kernel's memory at `address`. */
  #window(address: number, length: number): void {
    const { blockSize } = this.#signature;
    for (let done = 0; done < length; ) {
      const whole = this.#partial === 0 ? Math.floor((length - done) / blockSize) : 0;
      const part = whole > 0 ? whole * blockSize : Math.min(length - done, blockSize - this.#partial);
      if (whole > 0) this.#wholeBlocks(address + done, whole);
      else this.#piece(address + done, part);
      done += part;
    }
  }

  #wholeBlocks(address: number, count: number): void {
    const { blockSize, weak, strong } = this.#signature;
    const { run, bytes: memory, resultAt } = this.#kernel;
    if (this.#done + count > weak.length) {
      this.#done += count; // the file grew while it was read: only counted, so that finish() notices
      return;
    }
    run.coarseSums(address, blockSize, count, resultAt);
    for (let at = resultAt; at < resultAt + count * SUM_BYTES; at += SUM_BYTES, this.#done++) {
      weak[this.#done] = memory.readUInt32LE(at);
      strong[2 * this.#done] = memory.readUInt32LE(at + 4);
      strong[2 * this.#done + 1] = memory.readUInt32LE(at + 8);
    }
  }

  #piece(address: number, length: number): void {
    const { run, bytes: memory, resultAt } = this.#kernel;
    if (this.#partial === 0) run.hashStart(resultAt);
    else memory.set(this.#strong, resultAt);
    run.hashPiece(resultAt, address, length);
    this.#weak = Math.imul(this.#weak, run.weakPower(length)) + run.weakSum(address, length);
    this.#partial += length;
    memory.copy(this.#strong, 0, resultAt, resultAt + HASH_STATE_BYTES);
    if (this.#partial === this.#signature.blockSize) this.#complete();
  }

  #complete(): void {
    const { weak, strong } = this.#signature;
    const { run, bytes: memory, resultAt } = this.#kernel;
    if (this.#done < weak.length) {
      memory.set(this.#strong, resultAt);
      const sum = run.hashEnd(resultAt);
      weak[this.#done] = this.#weak;
      strong[2 * this.#done] = Number(BigInt.asUintN(32, sum));
      strong[2 * this.#done + 1] = Number(BigInt.asUintN(32, sum >> 32n));
    }
    this.#done++;
    this.#partial = 0;
    this.#weak = 0;
  }
}

/** Where a reader may put up to 1 MiB of a file to spare {@link SignatureBuilder.update} a copy. Shared: use it at once. */
export function readWindow(): Uint8Array {
  return sharedKernel().window;
}
