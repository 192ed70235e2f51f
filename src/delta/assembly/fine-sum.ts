// Checksums of the small blocks of refinement: a weak sum and 32 bits of XXH64 (Collet, xxHash specification
// 0.1.1), both here, because a call into native BLAKE3 costs more than hashing a small block. XXH64 resists
// accidents, not design: who makes blocks collide gains a whole-file digest that fails, and a slower transfer.
import { weakSum } from './weak-sum';

const P1: u64 = 0x9e3779b185ebca87;
const P2: u64 = 0xc2b2ae3d27d4eb4f;
const P3: u64 = 0x165667b19e3779f9;
const P4: u64 = 0x85ebca77c2b2ae63;
const P5: u64 = 0x27d4eb2f165667c5;

/** Bytes of one fine checksum: weak u32, then the low half of XXH64, little-endian. */
const FINE_BYTES: usize = 8;

/** Checksums of `length` bytes at `at` in blocks of `block`, the last one possibly shorter; their number. */
export function fineSums(at: usize, length: usize, block: usize, into: usize): u32 {
  let count: u32 = 0;
  for (let start: usize = 0; start < length; start += block, into += FINE_BYTES, count++) {
    const size = min(block, length - start);
    store<u32>(into, weakSum(at + start, size));
    store<u32>(into + 4, fineStrong(at + start, size));
  }
  return count;
}

/** The low half of XXH64 with seed 0. */
export function fineStrong(at: usize, length: usize): u32 {
  return <u32>xxh64(at, length);
}

/** XXH64 with seed 0. */
export function xxh64(at: usize, length: usize): u64 {
  const end = at + length;
  let hash: u64 = P5;
  if (length >= 32) {
    let a: u64 = P1 + P2;
    let b: u64 = P2;
    let c: u64 = 0;
    let d: u64 = 0 - P1;
    for (const stop = end - 32; at <= stop; at += 32) {
      a = round(a, load<u64>(at));
      b = round(b, load<u64>(at, 8));
      c = round(c, load<u64>(at, 16));
      d = round(d, load<u64>(at, 24));
    }
    hash = rotl<u64>(a, 1) + rotl<u64>(b, 7) + rotl<u64>(c, 12) + rotl<u64>(d, 18);
    hash = merge(merge(merge(merge(hash, a), b), c), d);
  }
  return avalanche(tail(hash + length, at, end));
}

// @ts-ignore: decorator
@inline
function round(lane: u64, input: u64): u64 {
  return rotl<u64>(lane + input * P2, 31) * P1;
}

// @ts-ignore: decorator
@inline
function merge(hash: u64, lane: u64): u64 {
  return (hash ^ round(0, lane)) * P1 + P4;
}

function tail(hash: u64, at: usize, end: usize): u64 {
  for (; at + 8 <= end; at += 8) hash = rotl<u64>(hash ^ round(0, load<u64>(at)), 27) * P1 + P4;
  if (at + 4 <= end) {
    hash = rotl<u64>(hash ^ (<u64>load<u32>(at) * P1), 23) * P2 + P3;
    at += 4;
  }
  for (; at < end; at++) hash = rotl<u64>(hash ^ (<u64>load<u8>(at) * P5), 11) * P1;
  return hash;
}

function avalanche(hash: u64): u64 {
  hash = (hash ^ (hash >> 33)) * P2;
  hash = (hash ^ (hash >> 29)) * P3;
  return hash ^ (hash >> 32);
}
