import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  BLOCK_MAX,
  BLOCK_MIN,
  blockSizeFor,
  DELTA_SIZE_MAX,
  FINE_BLOCK_MAX,
  FINE_BLOCK_MIN,
  fineBlockSizeFor,
  SIGNATURE_BLOCKS_MAX,
} from '../../src/delta/block-size.js';

const KiB = 1024;
const GiB = 1024 ** 3;

test.each([
  [0, 1 * KiB],
  [100 * KiB, 1 * KiB],
  [4 * 1024 * KiB, 2 * KiB],
  [1 * GiB, 32 * KiB],
  [1.9 * GiB, 32 * KiB],
  [1024 * GiB, 2048 * KiB],
  [DELTA_SIZE_MAX, BLOCK_MAX],
])('a file of %d bytes has blocks of %d', (size, block) => {
  expect(blockSizeFor(size)).toBe(block);
});

test('block sizes are powers of two that grow with the size and keep the number of blocks in its limit', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: Math.log2(DELTA_SIZE_MAX), noNaN: true }), (log) => {
      const size = Math.floor(2 ** log);
      const block = blockSizeFor(size);
      expect(Number.isInteger(Math.log2(block))).toBe(true);
      expect(block).toBeGreaterThanOrEqual(BLOCK_MIN);
      expect(Math.ceil(size / block)).toBeLessThanOrEqual(SIGNATURE_BLOCKS_MAX);
      expect(blockSizeFor(size * 2)).toBeGreaterThanOrEqual(block);
    }),
  );
});

test('a gap of one 32 KiB block is cut where checksums and left-over literal cost the same', () => {
  expect(fineBlockSizeFor(32 * KiB, 32 * KiB)).toBe(512);
  expect(fineBlockSizeFor(640 * KiB, 32 * KiB)).toBe(512);
});

test('fine blocks stay within their bounds', () => {
  expect(fineBlockSizeFor(1, KiB)).toBe(FINE_BLOCK_MIN);
  expect(fineBlockSizeFor(BLOCK_MAX, BLOCK_MAX)).toBe(FINE_BLOCK_MAX);
});
