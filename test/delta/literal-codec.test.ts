import { brotliCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { isWorthPacking, packLiterals, unpackLiterals } from '../../src/delta/literal-codec.js';
import { noise } from './patch.js';

const LIMIT = 256 * 1024;
const text = Buffer.from('all work and no play makes jack a dull boy\n'.repeat(5000));

test('text is compressed and comes back', () => {
  const { codec, bytes } = packLiterals(text);
  expect(codec).toBe('brotli');
  expect(bytes.length).toBeLessThan(text.length / 10);
  expect(Buffer.from(unpackLiterals(codec, bytes, text.length, LIMIT)).equals(text)).toBe(true);
});

test('what does not shrink is left as it is', () => {
  for (const payload of [noise(100_000, 1), noise(2000, 2)]) {
    expect(packLiterals(payload)).toEqual({ codec: 'none', bytes: payload });
  }
});

test('a sample tells what is not worth the time, and little never is', () => {
  expect(isWorthPacking(text)).toBe(true);
  for (const payload of [noise(100_000, 1), brotliCompressSync(noise(90_000, 1)), text.subarray(0, 100)]) {
    expect(isWorthPacking(payload)).toBe(false);
  }
});

test.each([
  ['declares more than a frame may hold', 'none', Buffer.alloc(10), LIMIT + 1],
  ['declares another length than it has', 'none', Buffer.alloc(10), 9],
  ['unpacks to more than it declares', 'brotli', brotliCompressSync(Buffer.alloc(2 ** 24)), 1000],
  ['unpacks to less than it declares', 'brotli', brotliCompressSync(Buffer.alloc(999)), 1000],
  ['is no Brotli', 'brotli', noise(100, 1), 1000],
  ['has a codec that was not agreed', 'zstd', Buffer.alloc(10), 10],
  ['is packed although empty', 'brotli', brotliCompressSync(Buffer.alloc(0)), 0],
])('a frame is refused that %s', (_, codec, bytes, size) => {
  expect(() => unpackLiterals(codec, bytes, size, LIMIT)).toThrow(expect.objectContaining({ code: 'protocol' }));
});
