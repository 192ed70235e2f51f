import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { localStatOf, microsecondsOf, sameStat, secondsOf } from '../../src/disk/local-stat.js';
import { DISKS, temporaryDirectory } from './temporary-directory.js';

/** Microseconds at 1905 and 2100: what every common file system can hold. */
const OLDEST = -2_000_000_000_000_000;
const NEWEST = 4_102_444_800_000_000;

describe.each(DISKS)('on %s', (disk) => {
  test('an mtime of any microsecond, before 1970 too, is stored and read back exactly', () => {
    const file = path.join(temporaryDirectory(disk), 'f');
    fs.writeFileSync(file, '');
    const check = (microseconds: number): void => {
      fs.utimesSync(file, secondsOf(microseconds), secondsOf(microseconds));
      expect(fs.lstatSync(file, { bigint: true }).mtimeNs).toBe(BigInt(microseconds) * 1000n);
      expect(microsecondsOf(fs.lstatSync(file, { bigint: true }))).toBe(microseconds);
    };
    for (const edge of [0, 1, -1, 999_999, -999_999, -1_000_000, OLDEST, NEWEST]) check(edge);
    fc.assert(fc.property(fc.integer({ min: OLDEST, max: NEWEST }), check), { numRuns: 300 });
  });

  test('an mtime between two microseconds is the earlier one, however close it is to the later', () => {
    for (const [mtimeNs, microseconds] of [
      [1_795_386_046_396_341_999n, 1_795_386_046_396_341],
      [-1n, -1],
      [-1_000n, -1],
      [-1_001n, -2],
    ] as const) {
      expect(microsecondsOf({ mtimeNs } as fs.BigIntStats)).toBe(microseconds);
    }
  });

  test('an mtime that no entry can hold is the nearest that one can', () => {
    const year = 31_556_952_000_000_000n; // nanoseconds
    expect(microsecondsOf({ mtimeNs: -369n * year } as fs.BigIntStats)).toBe(Number.MIN_SAFE_INTEGER);
    expect(microsecondsOf({ mtimeNs: 430n * year } as fs.BigIntStats)).toBe(Number.MAX_SAFE_INTEGER);
  });

  test('both kinds of stats that Node gives are the same stat', () => {
    const file = path.join(temporaryDirectory(disk), 'f');
    for (let i = 0; i < 200; i++) {
      fs.writeFileSync(file, String(i));
      if (i % 2 === 0) fs.utimesSync(file, -i - 0.123456, -i - 0.123456);
      expect(localStatOf(fs.lstatSync(file, { bigint: true }))).toEqual(localStatOf(fs.lstatSync(file)));
    }
  });

  test('a change of content, time or identity makes a stat differ, reading does not', () => {
    const file = path.join(temporaryDirectory(disk), 'f');
    fs.writeFileSync(file, 'abc');
    fs.utimesSync(file, 5, 5);
    const before = localStatOf(fs.lstatSync(file));
    fs.readFileSync(file);
    expect(sameStat(localStatOf(fs.lstatSync(file)), before)).toBe(true);
    fs.writeFileSync(file, 'abd');
    const after = localStatOf(fs.lstatSync(file));
    expect(sameStat(after, before)).toBe(false);
    fs.utimesSync(file, 5, 5);
    // Its mtime was set back, as some tools do: the ctime still tells.
    expect(sameStat(localStatOf(fs.lstatSync(file)), before)).toBe(false);
  });
});
