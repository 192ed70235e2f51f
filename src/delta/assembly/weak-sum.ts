// Rabin-Karp weak checksum (Karp and Rabin 1987): a block's bytes are the coefficients of a polynomial,
// evaluated at MULTIPLIER modulo 2^32:  sum = b[0]*M^(n-1) + b[1]*M^(n-2) + ... + b[n-1].
// Rolls in one multiplication and, unlike Adler sums, spreads short and repetitive blocks over all 32 bits.

/**
 * Odd and 5 modulo 8, so that its powers have the longest period modulo 2^32 (2^30); below 2^15, so that one
 * signed 16-bit dot product joins a pair of bytes.
 */
export const MULTIPLIER: u32 = 0x6d25;

const M2: u32 = MULTIPLIER * MULTIPLIER;
const M4: u32 = M2 * M2;
const M8: u32 = M4 * M4;
const M16: u32 = M8 * M8;
const M32: u32 = M16 * M16;

/** The weak checksum of `length` bytes at `at`. */
export function weakSum(at: usize, length: usize): u32 {
  const end = at + length;
  let sum: u32 = 0;
  if (length >= 32) {
    sum = wideSum(at, length & ~31);
    at += length & ~31;
  }
  for (; at < end; at++) sum = sum * MULTIPLIER + load<u8>(at);
  return sum;
}

/** MULTIPLIER to the power of `exponent`: what a byte's weight grows by when so many bytes follow. */
export function weakPower(exponent: usize): u32 {
  let result: u32 = 1;
  let factor: u32 = MULTIPLIER;
  for (; exponent > 0; exponent >>= 1, factor *= factor) if (exponent & 1) result *= factor;
  return result;
}

// 32 bytes a step: pairs of bytes become 16 lanes b*M+c, and each lane is a polynomial in M^32 of its own.
function wideSum(at: usize, length: usize): u32 {
  const pair = i32x4.splat(0x10000 | MULTIPLIER); // as 16-bit lanes: M for a pair's first byte, 1 for its second
  const step = i32x4.splat(M32);
  let a = i32x4.splat(0);
  let b = i32x4.splat(0);
  let c = i32x4.splat(0);
  let d = i32x4.splat(0);
  for (const end = at + length; at < end; at += 32) {
    const low = v128.load(at);
    const high = v128.load(at, 16);
    a = i32x4.add(i32x4.mul(a, step), i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(low), pair));
    b = i32x4.add(i32x4.mul(b, step), i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(low), pair));
    c = i32x4.add(i32x4.mul(c, step), i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(high), pair));
    d = i32x4.add(i32x4.mul(d, step), i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(high), pair));
  }
  // The lanes of a stand 8 bytes before those of b, and so on; a lane's neighbour stands 2 bytes behind it.
  const eight = i32x4.splat(M8);
  let lanes = i32x4.add(i32x4.mul(a, eight), b);
  lanes = i32x4.add(i32x4.mul(lanes, eight), c);
  lanes = i32x4.add(i32x4.mul(lanes, eight), d);
  let sum: u32 = i32x4.extract_lane(lanes, 0);
  sum = sum * M2 + <u32>i32x4.extract_lane(lanes, 1);
  sum = sum * M2 + <u32>i32x4.extract_lane(lanes, 2);
  return sum * M2 + <u32>i32x4.extract_lane(lanes, 3);
}
