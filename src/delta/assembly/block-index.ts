// Index of a signature's blocks by weak checksum, and the byte-wise rolling search over it. A Bloom filter of
// 32 to 64 bits a block, both of a block's bits in one word, answers "no" for most positions; behind it stands a
// chained hash table.
import { MULTIPLIER, weakPower, weakSum } from './weak-sum';
import { xxh64 } from './xxh64';

/**
 * Blocks kept under one slot. Honest data has one or two; without a bound, a signature made of equal weak
 * checksums would make every lookup walk all of it. What is dropped is found by continuation only.
 */
const CHAIN_MAX: u32 = 16;
/** 2^32 divided by the golden ratio (Knuth): the low bits of a weak sum depend on the low bits of bytes only. */
const GOLDEN: u32 = 0x9e3779b1;
const NONE: u32 = 0xffffffff;

let blockSize: usize = 0;
let partSize: usize = 0;
let parts: usize = 0;
let strongMask: u64 = 0;
let blocks: u32 = 0;
let filter: usize = 0;
let filterShift: u32 = 0;
let heads: usize = 0;
let headShift: u32 = 0;
let nexts: usize = 0;
let weaks: usize = 0;
let strongs: usize = 0;

/**
 * How strong checksums are made: of `mask`'s bits of XXH64, over a block of `size` bytes or, where `part` is less,
 * over the checksums of its parts, for which there is room at `partsAt`. Then comes {@link setIndex}.
 */
export function setBlocks(size: usize, part: usize, partsAt: usize, mask: u64): void {
  blockSize = size;
  partSize = part;
  parts = partsAt;
  strongMask = mask;
}

/**
 * Indexes `count` full blocks. At `weakAt` stand `count` u32 and at `strongAt` as many u64, and behind them those of
 * a short last block if there is one; 2^filterBits bits, 2^headBits u32 and `count` u32 of scratch at the other
 * addresses. Of blocks that are equal in both checksums only the first is entered.
 */
export function setIndex(
  count: u32, weakAt: usize, strongAt: usize,
  filterAt: usize, filterBits: u32, headsAt: usize, headBits: u32, nextsAt: usize,
): void {
  blocks = count;
  weaks = weakAt;
  strongs = strongAt;
  filter = filterAt;
  filterShift = 32 - filterBits;
  heads = headsAt;
  headShift = 32 - headBits;
  nexts = nextsAt;
  memory.fill(filter, 0, 1 << (filterBits - 3));
  memory.fill(heads, 0xff, 4 << headBits);
  for (let i: u32 = 0; i < count; i++) insert(i);
}

function insert(block: u32): void {
  const weak = load<u32>(weaks + (block << 2));
  const strong = load<u64>(strongs + (block << 3));
  const mixed = weak * GOLDEN;
  const head = heads + ((mixed >> headShift) << 2);
  let length: u32 = 0;
  for (let other = load<u32>(head); other != NONE; other = load<u32>(nexts + (other << 2))) {
    if (load<u32>(weaks + (other << 2)) == weak && load<u64>(strongs + (other << 3)) == strong) return;
    if (++length == CHAIN_MAX) return;
  }
  store<u32>(nexts + (block << 2), load<u32>(head));
  store<u32>(head, block);
  const bit = weak >> filterShift;
  const word = filter + ((bit >> 5) << 2);
  store<u32>(word, load<u32>(word) | (<u32>1 << bit) | (<u32>1 << (weak >> 3)));
}

/** The full block equal to the one at `at` by both checksums, `preferred` if it is one of several; otherwise -1. */
export function matchBlock(at: usize, preferred: u32): i32 {
  return find(weakSum(at, blockSize), strongSum(at, blockSize), preferred);
}

/** Whether `length` bytes at `at` have the checksums of `block`, which may be the short one. */
export function equalsBlock(at: usize, length: usize, block: u32): bool {
  if (weakSum(at, length) != load<u32>(weaks + (block << 2))) return false;
  return strongSum(at, length) == load<u64>(strongs + (block << 3));
}

/** The block with these checksums, `preferred` if it is one of them; otherwise -1. */
export function findBlock(weak: u32, strongLow: u32, strongHigh: u32, preferred: u32): i32 {
  return find(weak, <u64>strongLow | (<u64>strongHigh << 32), preferred);
}

function strongSum(at: usize, length: usize): u64 {
  if (length <= partSize) return xxh64(at, length) & strongMask;
  let into = parts;
  for (const end = at + length; at < end; at += partSize, into += 8) {
    store<u64>(into, xxh64(at, min(partSize, end - at)));
  }
  return xxh64(parts, into - parts);
}

function find(weak: u32, strong: u64, preferred: u32): i32 {
  if (preferred < blocks && equals(preferred, weak, strong)) return preferred;
  const mixed = weak * GOLDEN;
  let block = load<u32>(heads + ((mixed >> headShift) << 2));
  for (; block != NONE; block = load<u32>(nexts + (block << 2))) if (equals(block, weak, strong)) return block;
  return -1;
}

function equals(block: u32, weak: u32, strong: u64): bool {
  return load<u32>(weaks + (block << 2)) == weak && load<u64>(strongs + (block << 3)) == strong;
}

/** The first position in [at, last] where a block starts whose weak checksum is indexed; otherwise last + 1. */
export function scan(at: usize, last: usize): usize {
  if (at > last) return last + 1;
  const size = blockSize;
  const leave: u32 = 0 - weakPower(size);
  let sum = weakSum(at, size);
  if (known(sum)) return at;
  // Four positions a turn, in lanes. With t[k] = byte that comes - byte that leaves * M^size, the sums are
  // s[k] = s*M^(k+1) + t[0]*M^k + ... + t[k]: two doubling steps, and a chain of one product a turn.
  const bits = filter;
  const toWord = filterShift + 3;
  const shift = filterShift;
  const leaves = i32x4.splat(leave);
  const m1 = i32x4.splat(MULTIPLIER);
  const m2 = i32x4.splat(MULTIPLIER * MULTIPLIER);
  const ascending = powers();
  const zero = i32x4.splat(0);
  let sums = i32x4.splat(sum);
  for (; at + 4 <= last; at += 4) {
    const out = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at)));
    const came = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at + size)));
    let t = i32x4.add(came, i32x4.mul(out, leaves));
    t = i32x4.add(t, i32x4.mul(v128.shuffle<i32>(zero, t, 3, 4, 5, 6), m1));
    t = i32x4.add(t, i32x4.mul(v128.shuffle<i32>(zero, t, 2, 3, 4, 5), m2));
    const s = i32x4.add(i32x4.mul(sums, ascending), t);
    sums = v128.shuffle<i32>(s, s, 3, 3, 3, 3);
    const bit = i32x4.shr_u(s, shift);
    const second = i32x4.shr_u(s, 3);
    const word = v128.and(i32x4.shr_u(s, toWord), i32x4.splat(~3));
    const w0 = load<u32>(bits + i32x4.extract_lane(word, 0));
    const b0 = (w0 >> i32x4.extract_lane(bit, 0)) & (w0 >> i32x4.extract_lane(second, 0));
    const w1 = load<u32>(bits + i32x4.extract_lane(word, 1));
    const b1 = (w1 >> i32x4.extract_lane(bit, 1)) & (w1 >> i32x4.extract_lane(second, 1));
    const w2 = load<u32>(bits + i32x4.extract_lane(word, 2));
    const b2 = (w2 >> i32x4.extract_lane(bit, 2)) & (w2 >> i32x4.extract_lane(second, 2));
    const w3 = load<u32>(bits + i32x4.extract_lane(word, 3));
    const b3 = (w3 >> i32x4.extract_lane(bit, 3)) & (w3 >> i32x4.extract_lane(second, 3));
    if ((b0 | b1 | b2 | b3) & 1) {
      if (known(i32x4.extract_lane(s, 0))) return at + 1;
      if (known(i32x4.extract_lane(s, 1))) return at + 2;
      if (known(i32x4.extract_lane(s, 2))) return at + 3;
      if (known(i32x4.extract_lane(s, 3))) return at + 4;
    }
  }
  sum = i32x4.extract_lane(sums, 0);
  while (at < last) {
    sum = sum * MULTIPLIER + load<u8>(at + size) + load<u8>(at) * leave;
    at++;
    if (known(sum)) return at;
  }
  return last + 1;
}

function powers(): v128 {
  const m2: u32 = MULTIPLIER * MULTIPLIER;
  let lanes = i32x4.splat(MULTIPLIER);
  lanes = i32x4.replace_lane(lanes, 1, m2);
  lanes = i32x4.replace_lane(lanes, 2, m2 * MULTIPLIER);
  return i32x4.replace_lane(lanes, 3, m2 * m2);
}

function known(weak: u32): bool {
  const bit = weak >> filterShift;
  if (!((load<u32>(filter + ((bit >> 5) << 2)) >> bit) & 1)) return false;
  let block = load<u32>(heads + (((weak * GOLDEN) >> headShift) << 2));
  for (; block != NONE; block = load<u32>(nexts + (block << 2))) if (load<u32>(weaks + (block << 2)) == weak) return true;
  return false;
}
