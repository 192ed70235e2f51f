// Checksums of many blocks in one call: a weak sum and XXH64 of each, 64 bits of it for the blocks of a signature,
// 32 for those of refinement, which are looked for in a few KiB only. A block is summed twice while it is in the cache.
import { weakSum } from './weak-sum';
import { xxh64 } from './xxh64';

/** Bytes of one checksum: weak u32, then XXH64 or its low half, little-endian. */
const COARSE_BYTES: usize = 12;
const FINE_BYTES: usize = 8;

/** Checksums of `count` blocks of `block` bytes each from `at`. */
export function coarseSums(at: usize, block: usize, count: u32, into: usize): void {
  for (let i: u32 = 0; i < count; i++, at += block, into += COARSE_BYTES) {
    store<u32>(into, weakSum(at, block));
    store<u64>(into, xxh64(at, block), 4);
  }
}

/** Checksums of `length` bytes at `at` in blocks of `block`, the last one possibly shorter; their number. */
export function fineSums(at: usize, length: usize, block: usize, into: usize): u32 {
  let count: u32 = 0;
  for (let start: usize = 0; start < length; start += block, into += FINE_BYTES, count++) {
    const size = min(block, length - start);
    store<u32>(into, weakSum(at + start, size));
    store<u32>(into, <u32>xxh64(at + start, size), 4);
  }
  return count;
}
