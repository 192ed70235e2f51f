import { describe, expect, test } from 'vitest';
import type { Chunks } from '../../src/delta/chunks.js';
import { ChunkTable, NO_CHUNK } from '../../src/transfer/chunk-table.js';
import { SampleTable } from '../../src/transfer/sample-table.js';
import { noise } from '../delta/patch.js';

/** Chunks with the checksums (n, n + 1) and the length 100 + n. */
function chunksOf(...numbers: number[]): Chunks {
  return {
    lengths: Uint32Array.from(numbers, (n) => 100 + n),
    strong: Uint32Array.from(numbers.flatMap((n) => [n, n + 1])),
  };
}

function placeOf(table: ChunkTable, n: number, previous = NO_CHUNK) {
  const chunk = table.find(n, n + 1, 100 + n, previous);
  return chunk === NO_CHUNK ? undefined : { chunk, at: [table.contentOf(chunk), table.offsetOf(chunk)] };
}

describe('a table of chunks', () => {
  test('knows each chunk of each content, also after it has grown', () => {
    const table = new ChunkTable();
    for (let content = 0; content < 50; content++) {
      table.add(content, chunksOf(...Array.from({ length: 300 }, (_, i) => content * 1000 + i)));
    }
    expect(placeOf(table, 0)?.at).toEqual([0, 0]);
    expect(placeOf(table, 49_002)?.at).toEqual([49, 100 + 49_000 + 100 + 49_001]);
    expect(placeOf(table, 300)).toBeUndefined();
  });

  test('prefers the chunk behind the last one to the first of its kind', () => {
    const table = new ChunkTable();
    table.add(7, chunksOf(1, 2));
    table.add(8, chunksOf(5, 1, 2));
    const five = placeOf(table, 5);
    expect(placeOf(table, 1)?.at).toEqual([7, 0]);
    const one = placeOf(table, 1, five?.chunk);
    expect(one?.at).toEqual([8, 105]);
    expect(placeOf(table, 2, one?.chunk)?.at).toEqual([8, 206]);
  });

  test('does not take a chunk of another length for the same', () => {
    const table = new ChunkTable();
    table.add(0, chunksOf(1));
    expect(table.find(1, 2, 102, NO_CHUNK)).toBe(NO_CHUNK);
  });

  test('holds no more than its limit: the newest contents', () => {
    const table = new ChunkTable(10);
    expect(table.add(0, chunksOf(1, 2, 3, 4, 5, 6))).toBe(true);
    expect(table.add(1, chunksOf(11, 12, 13, 14, 15, 16))).toBe(true);
    expect([table.has(0), table.has(1)]).toEqual([false, true]);
    expect(placeOf(table, 1)).toBeUndefined();
    expect(placeOf(table, 12)?.at).toEqual([1, 111]);
    expect(table.add(2, chunksOf(...Array.from({ length: 11 }, (_, i) => i)))).toBe(false);
  });
});

describe('a table of samples', () => {
  test('knows which content a chunk was sampled from', () => {
    const table = new SampleTable();
    for (let content = 0; content < 2000; content++) table.add(content, Uint32Array.of(content, 1, content, 2));
    expect([table.find(1999, 1), table.find(1999, 2), table.find(0, 1)]).toEqual([1999, 1999, 0]);
    expect(table.find(2000, 1)).toBeUndefined();
    expect(table.find(1, 3)).toBeUndefined();
  });

  test('that is full keeps some samples of every content rather than all of a few', () => {
    const table = new SampleTable(1000);
    const samples = Array.from({ length: 100 }, (_, content) => new Uint32Array(noise(1024, content).buffer));
    for (const [content, strong] of samples.entries()) table.add(content, strong);
    expect(table.size).toBeLessThan(1000);
    const represented = samples.filter((strong, content) =>
      strong.some((low, i) => i % 2 === 0 && table.find(low, strong[i + 1] as number) === content),
    );
    expect(represented.length).toBeGreaterThan(95);
  });
});
