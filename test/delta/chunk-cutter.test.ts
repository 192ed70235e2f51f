import { beforeAll, describe, expect, test } from 'vitest';
import { chunkChecksum } from '../../src/delta/chunk-checksum.js';
import { ChunkCutter, type Span } from '../../src/delta/chunk-cutter.js';
import { bytesOfChunks, CHUNK_MAX, CHUNK_MEAN, CHUNK_MIN, type Chunks } from '../../src/delta/chunks.js';
import { noise } from './patch.js';

let cutter: ChunkCutter;
beforeAll(async () => {
  cutter = await ChunkCutter.create();
});

const whole = (bytes: Buffer): Span => ({ start: 0, end: bytes.length, last: true });
const cut = (bytes: Buffer, span = whole(bytes)): Chunks =>
  cutter.cut((target, position) => bytes.copy(target, 0, position, position + target.length), span);

/** Offsets of all boundaries. */
function boundaries({ lengths }: Chunks, start = 0): number[] {
  let at = start;
  return Array.from(lengths, (length) => (at += length));
}

describe('chunks', () => {
  test('are those that everybody cuts: another polynomial, window or size would find nothing of what others have', () => {
    expect(boundaries(cut(noise(40_000, 1)))).toMatchInlineSnapshot(`
      [
        1045,
        2955,
        15208,
        18739,
        20825,
        26243,
        32354,
        36320,
        37769,
        40000,
      ]
    `);
  });

  test('cover the content, each with the checksum of its bytes', () => {
    const bytes = noise(3_000_000, 2);
    const chunks = cut(bytes);
    expect(bytesOfChunks(chunks)).toBe(bytes.length);
    const sum = new Uint32Array(2);
    let at = 0;
    for (const [i, length] of chunks.lengths.entries()) {
      chunkChecksum(bytes.subarray(at, at + length), sum, 0);
      expect([chunks.strong[2 * i], chunks.strong[2 * i + 1]]).toEqual([...sum]);
      at += length;
    }
  });

  test('have the lengths that are promised', () => {
    const { lengths } = cut(noise(8_000_000, 3));
    expect(Math.min(...lengths.subarray(0, -1))).toBeGreaterThanOrEqual(CHUNK_MIN);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(CHUNK_MAX);
    expect(8_000_000 / lengths.length / CHUNK_MEAN).toBeCloseTo(1, 0);
  });

  test('are the same when a content is cut in spans, each from where the last one ended', () => {
    const bytes = noise(4_000_000, 4);
    const found: number[] = [];
    for (let start = 0; start < bytes.length; start = found.at(-1) as number) {
      const end = Math.min(bytes.length, start + 700_000);
      found.push(...boundaries(cut(bytes, { start, end, last: end === bytes.length }), start));
    }
    expect(found).toEqual(boundaries(cut(bytes)));
  });

  test('come back to the same boundaries behind an insertion, and after a start anywhere', () => {
    const bytes = noise(1_000_000, 5);
    const before = new Set(boundaries(cut(bytes)));
    const edited = Buffer.concat([bytes.subarray(0, 300_000), noise(17, 6), bytes.subarray(300_000)]);
    const moved = boundaries(cut(edited)).filter((at) => at > 300_000 + 3 * CHUNK_MAX);
    expect(moved.length).toBeGreaterThan(50);
    expect(moved.filter((at) => at < edited.length && !before.has(at - 17))).toEqual([]);
    const elsewhere = boundaries(cut(bytes, { start: 123_456, end: bytes.length, last: true }), 123_456);
    expect(elsewhere.slice(4).filter((at) => !before.has(at))).toEqual([]);
  });

  test('of zeros, where every place is a boundary, are as long as can be', () => {
    const { lengths } = cut(Buffer.concat([noise(100_000, 7), Buffer.alloc(4_000_000), noise(100_000, 8)]));
    expect(lengths.length).toBeLessThan(4_000_000 / CHUNK_MAX + 120);
  });

  test('of a file that ends early are refused', () => {
    expect(() => cut(noise(1000, 9), { start: 0, end: 1001, last: true })).toThrow(
      /expected 1001 bytes at 0, got 1000/,
    );
  });
});
