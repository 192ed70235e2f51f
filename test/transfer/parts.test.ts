import { expect, test } from 'vitest';
import { PartBuffer, partsOf } from '../../src/transfer/parts.js';

test('parts put together again are the bytes that were cut, also one that had to be cut nowhere', () => {
  for (const size of [0, 1, 9, 10, 11, 100]) {
    const whole = Uint8Array.from({ length: size }, (_, i) => i);
    const buffer = new PartBuffer(size);
    for (const { bytes, last } of partsOf(whole, 10)) expect(buffer.add(bytes, last)).toBe(true);
    expect(buffer.take()).toEqual(whole);
  }
});

test('parts beyond the limit are refused, and an empty one that is not the last', () => {
  const buffer = new PartBuffer(3);
  expect(buffer.add(new Uint8Array(2), false)).toBe(true);
  expect(buffer.add(new Uint8Array(2), true)).toBe(false);
  expect(() => buffer.add(new Uint8Array(0), false)).toThrow('a part of no bytes');
});

test('millions of parts of one byte hold little more than their bytes', () => {
  const parts = 3_000_000;
  const buffer = new PartBuffer(64 * 1024 * 1024);
  const one = Uint8Array.of(1);
  const before = process.memoryUsage();
  for (let i = 0; i < parts; i++) buffer.add(one, false);
  const after = process.memoryUsage();
  expect(after.heapTotal + after.arrayBuffers - before.heapTotal - before.arrayBuffers).toBeLessThan(32 * 1024 * 1024);
  expect(buffer.take()).toHaveLength(parts);
});
