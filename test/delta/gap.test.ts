import { describe, expect, test } from 'vitest';
import { GAP_SUMS_MAX, planGaps } from '../../src/delta/gap.js';
import { decodeAnswer, decodeQuestion, encodeQuestion } from '../../src/delta/refine-codec.js';
import { literalBytes, noise, patch, refine, search, signatureOfBytes } from './patch.js';

const MiB = 1024 * 1024;
const basis = noise(16 * MiB, 1); // blocks of 4 KiB

/** What an edit costs: the literal left after refinement, and its question and answer. */
function costOf(target: Uint8Array, of: Uint8Array = basis) {
  const coarse = search(signatureOfBytes(of), target);
  const { operations, wireBytes } = refine(coarse, of, target);
  expect(patch(of, operations, target).equals(target)).toBe(true);
  return { coarse: literalBytes(coarse), literal: literalBytes(operations), wireBytes };
}

function edited(at: number, bytes: Uint8Array, remove = bytes.length): Buffer {
  return Buffer.concat([basis.subarray(0, at), bytes, basis.subarray(at + remove)]);
}

describe('refinement', () => {
  test.each([
    ['in the middle', 5 * MiB + 3000],
    ['at the start', 0],
    ['at the end', 16 * MiB - 100],
  ])('makes an edit of 100 bytes %s cost hundreds of bytes', (_, at) => {
    const cost = costOf(edited(at, noise(100, 7)));
    expect(cost.coarse).toBe(4096);
    expect(cost.literal + cost.wireBytes).toBeLessThan(1000);
  });

  test('makes an overwrite of 2 KiB cost little more than 2 KiB', () => {
    const cost = costOf(edited(5 * MiB + 1000, noise(2048, 7)));
    expect(cost.literal + cost.wireBytes).toBeLessThan(2048 + 800);
  });

  test('follows an insertion and a deletion within a block', () => {
    const inserted = costOf(edited(5 * MiB + 3000, noise(100, 7), 0));
    expect(inserted.literal + inserted.wireBytes).toBeLessThan(1200);
    const deleted = costOf(edited(5 * MiB + 3000, Buffer.alloc(0), 100));
    expect(deleted.literal + deleted.wireBytes).toBeLessThan(1200);
  });

  test('follows a change in a file of a single short block', () => {
    const small = noise(60_000, 5);
    const target = Buffer.from(small);
    target.set([1, 2, 3, 4], 30_000);
    const cost = costOf(target, small);
    expect(cost.literal + cost.wireBytes).toBeLessThan(400);
  });

  test('asks nothing about a gap that could not save what the question costs', () => {
    const insertion = costOf(edited(5 * MiB, noise(5000, 7), 0)); // on a block boundary: no basis bytes in the gap
    expect(insertion).toEqual({ coarse: 5000, literal: 5000, wireBytes: 0 });
    const signature = signatureOfBytes(basis);
    const deletion = search(signature, edited(5 * MiB + 3000, Buffer.alloc(0), 4 * MiB));
    const gaps = planGaps(deletion, undefined, basis.length, { coarse: signature.blockSize }, true);
    expect(gaps.every((gap) => gap.sums * 8 < 4096)).toBe(true); // not four MiB of checksums for a block of literal
  });

  test('looks on both sides of a literal between blocks that moved', () => {
    const target = Buffer.concat([basis.subarray(12 * MiB, 13 * MiB + 2000), basis.subarray(6 * MiB - 2000, 7 * MiB)]);
    const cost = costOf(target);
    expect(cost.coarse).toBe(4000);
    expect(cost.literal).toBeLessThan(700);
  });

  test('never asks for more checksums than one answer holds', () => {
    const signature = signatureOfBytes(basis);
    const target = Buffer.from(basis);
    for (let at = 0; at < target.length; at += 4096) target[at] = (target[at] as number) ^ 1;
    const gaps = planGaps(search(signature, target), undefined, basis.length, { coarse: signature.blockSize }, true);
    expect(gaps.length).toBeGreaterThan(0);
    expect(gaps.reduce((sum, gap) => sum + gap.sums, 0)).toBeLessThanOrEqual(GAP_SUMS_MAX);
  });
});

describe('a peer’s question', () => {
  const gap = (start: number, length: number, blockSize = 256) => ({
    literal: { kind: 'literal' as const, target: 0, length },
    basis: start,
    blockSize,
    ranges: [{ start, length }],
    sums: Math.ceil(length / blockSize),
  });

  test('decodes to the ranges that were encoded', () => {
    const gaps = [gap(5000, 1000), gap(0, 100, 64), gap(2 ** 40, 8192, 8192)];
    expect(decodeQuestion(encodeQuestion(gaps), 2 ** 41)).toEqual([
      { start: 5000, length: 1000, blockSize: 256 },
      { start: 0, length: 100, blockSize: 64 },
      { start: 2 ** 40, length: 8192, blockSize: 8192 },
    ]);
  });

  test.each([
    ['beyond the basis', encodeQuestion([gap(900, 101)])],
    ['of no bytes', encodeQuestion([gap(0, 0)])],
    ['in blocks too small', encodeQuestion([gap(0, 100, 32)])],
    ['in blocks too large', encodeQuestion([gap(0, 100, 2 ** 21)])],
    ['cut short', encodeQuestion([gap(0, 100)]).subarray(0, -1)],
    ['before the basis', Buffer.from([1, 100, 8])],
  ])('about bytes %s is refused', (_, question) => {
    expect(() => decodeQuestion(question, 1000)).toThrow(expect.objectContaining({ code: 'protocol' }));
  });

  test('for more checksums than an answer may have is refused', () => {
    const question = encodeQuestion([gap(0, 64 * GAP_SUMS_MAX, 64), gap(0, 64, 64)]);
    expect(() => decodeQuestion(question, 2 ** 30)).toThrow(expect.objectContaining({ code: 'protocol' }));
  });

  test('is answered with exactly the checksums asked for, or the answer is refused', () => {
    expect(() => decodeAnswer(Buffer.alloc(4 * 8 - 1), [gap(0, 1000)])).toThrow(/expected/);
    expect(decodeAnswer(Buffer.alloc(4 * 8), [gap(0, 1000)])[0]?.weak).toHaveLength(4);
  });
});
