/**
 * Super blocks: what a signature says of several blocks at once, made from its checksums alone. Where the sender must be
 * told what the basis is, it gets one checksum for up to 32 blocks, and asks for those of the blocks only where a super
 * block is not found (transfer/delta-refine.ts). A file of 1 GiB needs 12 KiB rather than 393.
 */
import { BLOCK_MAX, blockSizeFor } from './block-size.js';
import { blockCount, lengthOf } from './blocks.js';
import { sharedKernel } from './kernel.js';
import { type Signature, STRONG_BYTES, signatureOf } from './signature.js';

/** Blocks up to which a signature goes as it is: 24 KiB. A round trip more would cost as much. */
const BLOCKS_AS_THEY_ARE = 2048;
/** Super blocks at which it is short enough. */
const SUPER_BLOCKS = 1024;
/** The next question asks about 32 times smaller blocks, and the one after it about 32 to 64 times smaller ones still. */
const FACTOR_MAX = 32;

/** How many blocks of a file of `size` bytes a super block has: a power of two, 1 for a small file. */
export function superFactorFor(size: number): number {
  const block = blockSizeFor(size);
  const blocks = blockCount(size, block);
  if (blocks <= BLOCKS_AS_THEY_ARE) return 1;
  let factor = 1;
  while (factor < FACTOR_MAX && blocks / factor > SUPER_BLOCKS && block * factor < BLOCK_MAX) factor *= 2;
  return factor;
}

/** The same file in super blocks. Weak checksums join as polynomials do; strong ones are hashed in their order. */
export function superBlocksOf(signature: Signature, factor: number): Signature {
  const { size, weak, strong, blockSize } = signature;
  if (factor === 1) return signature;
  const { run, window, windowAt } = sharedKernel();
  const count = Math.ceil(weak.length / factor);
  const joined = signatureOf(size, new Uint32Array(count), new Uint32Array(2 * count), factor);
  const whole = run.weakPower(blockSize);
  for (let i = 0; i < count; i++) {
    const first = i * factor;
    const end = Math.min(first + factor, weak.length);
    let sum = 0;
    for (let block = first; block < end; block++) {
      const length = lengthOf(signature, block);
      sum = Math.imul(sum, length === blockSize ? whole : run.weakPower(length)) + (weak[block] as number);
      window.writeUInt32LE(strong[2 * block] as number, (block - first) * STRONG_BYTES);
      window.writeUInt32LE(strong[2 * block + 1] as number, (block - first) * STRONG_BYTES + 4);
    }
    joined.weak[i] = sum;
    const hash = run.xxh64(windowAt, (end - first) * STRONG_BYTES);
    // A super block of one part has that part's checksum.
    joined.strong[2 * i] = end - first === 1 ? (strong[2 * first] as number) : Number(BigInt.asUintN(32, hash));
    joined.strong[2 * i + 1] =
      end - first === 1 ? (strong[2 * first + 1] as number) : Number(BigInt.asUintN(32, hash >> 32n));
  }
  return joined;
}
