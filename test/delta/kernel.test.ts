import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import vectors from '../../fixtures/delta/weak-checksum.json' with { type: 'json' };
import { HASH_STATE_BYTES, sharedKernel } from '../../src/delta/kernel.js';
import { noise } from './patch.js';

const MULTIPLIER = 0x6d25;

/** The definition, a byte at a time. */
function reference(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (Math.imul(sum, MULTIPLIER) + byte) >>> 0;
  return sum;
}

function weakSum(bytes: Uint8Array, offset = 0): number {
  const { run, window, windowAt } = sharedKernel();
  window.set(bytes, offset);
  return run.weakSum(windowAt + offset, bytes.length) >>> 0;
}

describe('weak checksum', () => {
  test('is the polynomial of its definition, at every length and alignment', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), fc.nat(31), (bytes, offset) => {
        expect(weakSum(bytes, offset)).toBe(reference(bytes));
      }),
    );
  });

  test('does not overflow its lanes on bytes of 255', () => {
    expect(weakSum(Buffer.alloc(100_000, 255))).toBe(reference(Buffer.alloc(100_000, 255)));
  });

  test('keeps to the vectors in fixtures/delta/weak-checksum.json', () => {
    for (const { hex, weak } of vectors) expect(weakSum(Buffer.from(hex, 'hex'))).toBe(weak);
  });

  test('of two pieces joins by the power of the second length', () => {
    const bytes = noise(1000, 3);
    const { run } = sharedKernel();
    const joined = Math.imul(weakSum(bytes.subarray(0, 377)), run.weakPower(623)) + weakSum(bytes.subarray(377));
    expect(joined >>> 0).toBe(reference(bytes));
  });
});

describe('XXH64', () => {
  // Seed 0, from the reference implementation's own tests.
  test.each([
    ['', 0xef46db3751d8e999n],
    ['a', 0xd24ec4f1a98c6e5bn],
    ['abc', 0x44bc2cf5ad770999n],
    ['Nobody inspects the spammish repetition', 0xfbcea83c8a378bf1n],
  ])('of %j is the published value', (text, expected) => {
    const { run, window, windowAt } = sharedKernel();
    window.set(Buffer.from(text));
    expect(BigInt.asUintN(64, run.xxh64(windowAt, text.length))).toBe(expected);
  });

  test('in pieces is that of the whole, while others use the kernel between them', () => {
    const { run, window, windowAt, resultAt, bytes } = sharedKernel();
    fc.assert(
      fc.property(fc.array(fc.nat(100), { maxLength: 9 }), (lengths) => {
        const content = noise(
          lengths.reduce((sum, length) => sum + length, 0),
          5,
        );
        run.hashStart(resultAt);
        let at = 0;
        for (const length of lengths) {
          const state = Buffer.from(bytes.subarray(resultAt, resultAt + HASH_STATE_BYTES));
          bytes.fill(255, resultAt, resultAt + 200);
          bytes.set(state, resultAt);
          window.set(content.subarray(at, at + length));
          run.hashPiece(resultAt, windowAt, length);
          at += length;
        }
        const joined = run.hashEnd(resultAt);
        window.set(content);
        expect(joined).toBe(run.xxh64(windowAt, content.length));
      }),
    );
  });
});
