import fs from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dataRuns, HOLE_BYTES } from '../../src/apply/sparse.js';
import { DISKS } from '../disk/temporary-directory.js';
import { openFolder } from './open-folder.js';

const BLOCK = HOLE_BYTES;

function runsOf(bytes: Uint8Array, position: number): number[][] {
  return [...dataRuns(bytes, position)].map(({ start, end }) => [start, end]);
}

function blocks(...fills: number[]): Buffer {
  return Buffer.concat(fills.map((fill) => Buffer.alloc(BLOCK, fill)));
}

test('zero blocks aligned in the file are left out, everything else is written', () => {
  expect(runsOf(blocks(1, 0, 0, 2), 0)).toEqual([
    [0, BLOCK],
    [3 * BLOCK, 4 * BLOCK],
  ]);
  expect(runsOf(blocks(0, 0), 0)).toEqual([]);
  expect(runsOf(blocks(1, 1), 0)).toEqual([[0, 2 * BLOCK]]);
  expect(runsOf(Buffer.alloc(BLOCK - 1), 0)).toEqual([[0, BLOCK - 1]]);
  expect(runsOf(new Uint8Array(0), 0)).toEqual([]);
  // The buffer starts in the middle of a block: its first part is written, then comes a whole zero block.
  expect(runsOf(Buffer.alloc(2 * BLOCK), BLOCK - 10)).toEqual([
    [0, 10],
    [BLOCK + 10, 2 * BLOCK],
  ]);
});

test('a block with one byte that is not zero, wherever it is, is written', () => {
  for (const place of [0, 1, 2000, BLOCK - 1]) {
    const bytes = Buffer.alloc(BLOCK);
    bytes[place] = 1;
    expect(runsOf(bytes, 0), String(place)).toEqual([[0, BLOCK]]);
  }
});

describe.each(DISKS)('on %s', (disk) => {
  test('content written in any pieces reads back the same', () => {
    const folder = openFolder(disk);
    const part = fc.tuple(fc.integer({ min: 1, max: 3 * BLOCK }), fc.constantFrom(0, 0, 7));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const pieces = parts.map(([length, fill]) => Buffer.alloc(length, fill));
        const staged = folder.stage.create();
        let position = 0;
        for (const piece of pieces) {
          staged.writeSparse(piece, position);
          position += piece.length;
        }
        staged.truncate(position);
        expect(fs.readFileSync(folder.real(staged.path)).equals(Buffer.concat(pieces))).toBe(true);
        staged.discard();
      }),
      { numRuns: 60 },
    );
  });

  test('a file of zeros with some data takes the disk space of its data', () => {
    const folder = openFolder(disk);
    const staged = folder.stage.create();
    const size = 8 * 1024 * 1024;
    staged.writeSparse(Buffer.alloc(size), 0);
    staged.writeSparse(Buffer.from('end'), size);
    staged.truncate(size + BLOCK * 100);
    staged.sync();
    const stats = fs.fstatSync(staged.fd);
    expect(stats.size).toBe(size + BLOCK * 100);
    expect(stats.blocks * 512).toBeLessThan(64 * 1024);
  });
});
