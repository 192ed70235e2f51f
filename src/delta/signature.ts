/**
 * The signature of a file: a weak and a strong checksum for each of its blocks (Tridgell 1999, ch. 3). Built in
 * one pass while the file is hashed anyway.
 */
import { blockSizeFor } from './block-size.js';
import { type Blocks, blockCount } from './blocks.js';
import { sharedKernel, WINDOW_BYTES } from './kernel.js';
import { type StrongStream, strongChecksum, strongStream } from './strong-checksum.js';

export interface Signature extends Blocks {
  readonly tier: 'coarse';
  /** Bytes of the file. */
  readonly size: number;
}

/** A signature of `size` bytes over checksums that the caller has or fills in. */
export function signatureOf(size: number, weak: Uint32Array, strong: Uint32Array): Signature {
  const ranges = size === 0 ? [] : [{ start: 0, length: size }];
  return { tier: 'coarse', size, blockSize: blockSizeFor(size), ranges, weak, strong };
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
  /** Bytes of the block under way, its weak sum so far, and its strong one. */
  #partial = 0;
  #weak = 0;
  #strong: StrongStream | undefined;

  constructor(size: number) {
    const count = blockCount(size, blockSizeFor(size));
    this.#signature = signatureOf(size, new Uint32Array(count), new Uint32Array(count * 2));
  }

  update(chunk: Uint8Array): void {
    const inPlace = chunk.buffer === this.#kernel.bytes.buffer;
    for (let start = 0; start < chunk.length; start += WINDOW_BYTES) {
      const part = chunk.subarray(start, start + WINDOW_BYTES);
      if (!inPlace) this.#kernel.window.set(part);
      this.#window(inPlace ? chunk.byteOffset + start : this.#kernel.windowAt, part);
    }
  }

  /** The signature, or undefined if there were not exactly `size` bytes: the file changed meanwhile. */
  finish(): Signature | undefined {
    const { size, blockSize, weak } = this.#signature;
    if (this.#done * blockSize + this.#partial !== size) return undefined;
    if (this.#partial > 0) this.#complete();
    return this.#done === weak.length ? this.#signature : undefined;
  }

  /** Sums `bytes`, which lie in the kernel's memory at `address`. */
  #window(address: number, bytes: Uint8Array): void {
    const { blockSize } = this.#signature;
    let start = 0;
    while (start < bytes.length) {
      const whole = this.#partial === 0 ? Math.floor((bytes.length - start) / blockSize) : 0;
      if (whole > 0) {
        this.#wholeBlocks(address + start, bytes.subarray(start, start + whole * blockSize), whole);
        start += whole * blockSize;
      } else {
        const length = Math.min(bytes.length - start, blockSize - this.#partial);
        this.#piece(address + start, bytes.subarray(start, start + length));
        start += length;
      }
    }
  }

  #wholeBlocks(address: number, bytes: Uint8Array, count: number): void {
    const { blockSize, weak, strong } = this.#signature;
    const { run, bytes: memory, resultAt } = this.#kernel;
    if (this.#done + count > weak.length) {
      this.#done += count; // the file grew while it was read: only counted, so that finish() notices
      return;
    }
    run.weakSums(address, blockSize, count, resultAt);
    for (let i = 0; i < count; i++, this.#done++) {
      weak[this.#done] = memory.readUInt32LE(resultAt + 4 * i);
      strongChecksum(bytes.subarray(i * blockSize, (i + 1) * blockSize), strong, 2 * this.#done);
    }
  }

  #piece(address: number, bytes: Uint8Array): void {
    const { run } = this.#kernel;
    this.#strong ??= strongStream();
    this.#strong.update(bytes);
    this.#weak = Math.imul(this.#weak, run.weakPower(bytes.length)) + run.weakSum(address, bytes.length);
    this.#partial += bytes.length;
    if (this.#partial === this.#signature.blockSize) this.#complete();
  }

  #complete(): void {
    const { weak, strong } = this.#signature;
    if (this.#done < weak.length) {
      weak[this.#done] = this.#weak;
      this.#strong?.finish(strong, 2 * this.#done);
    }
    this.#done++;
    this.#partial = 0;
    this.#weak = 0;
    this.#strong = undefined;
  }
}

/** Where a reader may put up to 1 MiB of a file to spare {@link SignatureBuilder.update} a copy. Shared: use it at once. */
export function readWindow(): Uint8Array {
  return sharedKernel().window;
}
