import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeChunks, encodeChunks, joinChunks } from '../../src/delta/chunk-codec.js';
import { CHUNK_MAX } from '../../src/delta/chunks.js';
import { decodeFound, encodeFound, type FoundRun } from '../../src/delta/found-codec.js';

const word = fc.nat(0xffffffff);
const chunks = fc.array(fc.tuple(fc.integer({ min: 1, max: CHUNK_MAX }), word, word), { maxLength: 50 }).map((all) => ({
  lengths: Uint32Array.from(all, ([length]) => length),
  strong: Uint32Array.from(all.flatMap(([, low, high]) => [low, high])),
}));

describe('a list of chunks', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(chunks, (list) => {
        expect(decodeChunks(encodeChunks(list))).toEqual(list);
      }),
    );
  });

  test('behind another is one list', () => {
    fc.assert(
      fc.property(chunks, chunks, (a, b) => {
        const joined = encodeChunks(joinChunks([a, b]));
        expect(joined).toEqual(Buffer.concat([encodeChunks(a), encodeChunks(b)]));
      }),
    );
  });

  test('that ends within a chunk is refused', () => {
    expect(() => decodeChunks(Buffer.alloc(19))).toThrow(expect.objectContaining({ code: 'protocol' }));
  });
});

describe('what was found', () => {
  const lengths = Uint32Array.from([100, 200, 300, 400]);
  const found = (poolSize: number, ...runs: FoundRun[]) => encodeFound({ poolSize, runs });

  test('is read as it was written', () => {
    const runs = [
      { first: 0, count: 2, basis: 5000 },
      { first: 3, count: 1, basis: 12 },
    ];
    expect(decodeFound(found(5300, ...runs), lengths)).toEqual({ poolSize: 5300, runs });
    expect(decodeFound(found(0), lengths)).toEqual({ poolSize: 0, runs: [] });
  });

  test.each([
    ['a run of no chunks', found(5300, { first: 1, count: 0, basis: 0 })],
    ['chunks that were not named', found(5300, { first: 3, count: 2, basis: 0 })],
    ['a place behind the pool', found(5300, { first: 0, count: 2, basis: 5001 })],
    ['a place before the pool', Buffer.from([10, 0, 1, 1])],
    ['half a run', found(5300, { first: 0, count: 2, basis: 5000 }).subarray(0, -1)],
    ['nothing', Buffer.alloc(0)],
  ])('is refused if it is %s', (_what, payload) => {
    expect(() => decodeFound(payload, lengths)).toThrow(expect.objectContaining({ code: 'protocol' }));
  });

  test('is never taken for more than it is, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
        try {
          const { poolSize, runs } = decodeFound(bytes, lengths);
          for (const { first, count, basis } of runs) {
            expect(first + count).toBeLessThanOrEqual(4);
            expect(basis).toBeGreaterThanOrEqual(0);
            expect(basis).toBeLessThanOrEqual(poolSize);
          }
        } catch (error) {
          expect(error).toMatchObject({ code: 'protocol' });
        }
      }),
    );
  });
});
