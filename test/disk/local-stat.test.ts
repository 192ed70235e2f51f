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
      expect(microsecondsOf(fs.lstatSync(file).mtimeMs)).toBe(microseconds);
    };
    for (const edge of [0, 1, -1, 999_999, -999_999, -1_000_000, OLDEST, NEWEST]) check(edge);
    fc.assert(fc.property(fc.integer({ min: OLDEST, max: NEWEST }), check), { numRuns: 300 });
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
