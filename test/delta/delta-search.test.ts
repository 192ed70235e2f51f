import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Blocks } from '../../src/delta/blocks.js';
import type { Operation } from '../../src/delta/operation.js';
import { literalBytes, noise, patch, refine, search, searchKnown, signatureOfBytes } from './patch.js';

const B = 1024;

/** Pieces that make search hard: plain noise, blocks and almost blocks of it, runs of a byte or of a few, bits of nothing. */
type Piece =
  | { readonly noise: number; readonly length: number }
  | { readonly unit: readonly number[]; readonly length: number };

const length = fc.oneof(
  fc.nat(5000),
  fc.nat(20),
  fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom(-1, 0, 1)).map(([blocks, off]) => blocks * B + off),
);
const piece: fc.Arbitrary<Piece> = fc.oneof(
  fc.record({ noise: fc.nat(3), length }),
  fc.record({ unit: fc.array(fc.nat(255), { minLength: 1, maxLength: 7 }), length }),
  fc.record({ unit: fc.constantFrom([0], [1]), length }),
);
const pieces = fc.array(piece, { maxLength: 12 });

function contentOf(recipe: readonly Piece[]): Buffer {
  return Buffer.concat(
    recipe.map((part) =>
      'noise' in part ? noise(part.length, part.noise) : Buffer.alloc(part.length, Buffer.from(part.unit)),
    ),
  );
}

describe('search', () => {
  test('finds operations that make the target of any basis, refined or not', () => {
    fc.assert(
      fc.property(pieces, pieces, fc.integer({ min: 1, max: 9000 }), (before, after, chunk) => {
        const [basis, target] = [contentOf(before), contentOf(after)];
        const found = search(signatureOfBytes(basis), target, chunk);
        expect(patch(basis, found, target).equals(target)).toBe(true);
        const refined = refine(found, basis, target).operations;
        expect(patch(basis, refined, target).equals(target)).toBe(true);
        expect(literalBytes(refined)).toBeLessThanOrEqual(literalBytes(found));
      }),
      { numRuns: 300 },
    );
  });

  test('does so with the target’s own signature too', () => {
    fc.assert(
      fc.property(pieces, pieces, (before, after) => {
        const [basis, target] = [contentOf(before), contentOf(after)];
        const { operations } = searchKnown(signatureOfBytes(basis), target, signatureOfBytes(target));
        expect(patch(basis, operations, target).equals(target)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('finds the same whatever the chunks', () => {
    const basis = noise(100_000, 1);
    const target = Buffer.concat([noise(100, 2), basis.subarray(30_000), noise(3000, 3), basis.subarray(0, 30_000)]);
    const whole = search(signatureOfBytes(basis), target, target.length);
    for (const chunk of [1, 1000, B, 40_000]) expect(search(signatureOfBytes(basis), target, chunk)).toEqual(whole);
  });

  test('an unchanged file is one copy', () => {
    const basis = noise(100_500, 1);
    expect(search(signatureOfBytes(basis), basis)).toEqual([{ kind: 'copy', target: 0, basis: 0, length: 100_500 }]);
  });

  test('bytes inserted at the front leave everything behind them one copy', () => {
    const basis = noise(100_500, 1);
    const target = Buffer.concat([Buffer.from('new'), basis]);
    expect(search(signatureOfBytes(basis), target)).toEqual([
      { kind: 'literal', target: 0, length: 3 },
      { kind: 'copy', target: 3, basis: 0, length: 100_500 },
    ]);
  });

  test('halves that changed places are two copies', () => {
    const basis = noise(64 * B, 1);
    const target = Buffer.concat([basis.subarray(32 * B), basis.subarray(0, 32 * B)]);
    expect(search(signatureOfBytes(basis), target)).toEqual([
      { kind: 'copy', target: 0, basis: 32 * B, length: 32 * B },
      { kind: 'copy', target: 32 * B, basis: 0, length: 32 * B },
    ]);
  });

  test('a file that grew keeps its short last block', () => {
    const basis = noise(10 * B + 100, 1);
    const target = Buffer.concat([basis, noise(50, 2)]);
    expect(literalBytes(search(signatureOfBytes(basis), target))).toBe(50);
  });

  test('the short last block matches at the end behind a change', () => {
    const basis = noise(10 * B + 100, 1);
    const target = Buffer.concat([basis.subarray(0, 9 * B), noise(700, 2), basis.subarray(10 * B)]);
    expect(literalBytes(search(signatureOfBytes(basis), target))).toBe(700);
  });

  test('among equal blocks the one that continues the match is taken', () => {
    const basis = Buffer.concat([Buffer.alloc(20 * B), noise(B, 1), Buffer.alloc(20 * B), noise(B, 2)]);
    expect(search(signatureOfBytes(basis), basis)).toHaveLength(1);
  });

  test('nothing in common, an empty basis and an empty target are literals and nothing', () => {
    const bytes = noise(5000, 1);
    const all: Operation[] = [{ kind: 'literal', target: 0, length: 5000 }];
    expect(search(signatureOfBytes(noise(5000, 2)), bytes)).toEqual(all);
    expect(search(signatureOfBytes(Buffer.alloc(0)), bytes)).toEqual(all);
    expect(search(signatureOfBytes(bytes), Buffer.alloc(0))).toEqual([]);
  });

  test('a known target is read only where it differs', () => {
    const basis = noise(64 * B, 1);
    const target = Buffer.from(basis);
    target.set(noise(10, 9), 20 * B + 5);
    const { operations, read } = searchKnown(signatureOfBytes(basis), target, signatureOfBytes(target));
    expect(read).toBe(B);
    expect(operations).toEqual(search(signatureOfBytes(basis), target));
  });
});

describe('search in time linear in its input', () => {
  /** Microseconds of processor time: many times what a linear search takes, a fraction of what a quadratic one does. */
  const SECONDS = 3_000_000;
  const zeros = Buffer.alloc(4 * 1024 * 1024);

  /** 8,000 blocks that all have the weak checksum of zeros and distinct strong ones. */
  function allEqualWeak(): Blocks {
    const weak = new Uint32Array(8000).fill(signatureOfBytes(zeros).weak[0] as number);
    const strong = Uint32Array.from({ length: 16_000 }, (_, i) => i * 77 + 1);
    return { tier: 'coarse', blockSize: B, partSize: B, ranges: [{ start: 0, length: 8000 * B }], weak, strong };
  }

  test('over a peer’s signature whose weak checksums all meet every position', () => {
    const started = process.cpuUsage();
    expect(literalBytes(search(allEqualWeak(), zeros))).toBe(zeros.length);
    expect(process.cpuUsage(started).user).toBeLessThan(SECONDS);
  });

  test('over 8,000 equal blocks', () => {
    const basis = Buffer.alloc(8000 * B);
    const started = process.cpuUsage();
    expect(search(signatureOfBytes(basis), Buffer.concat([Buffer.from([1]), basis]))).toHaveLength(2);
    expect(process.cpuUsage(started).user).toBeLessThan(SECONDS);
  });
});
