import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byteStringOfText, isUtf8, textOf } from '../../src/model/byte-string.js';
import { type Digest, hexOf } from '../../src/model/digest.js';
import type { Name } from '../../src/model/path.js';
import { checkName, NAME_MAX } from '../../src/model/path-rule.js';
import { conflictName, conflictNames, isConflictCopy } from '../../src/plan/conflict-name.js';
import { digests, names } from '../tree/directories.js';

const digest = Buffer.from('0123456789abcdef'.repeat(4), 'hex').toString('latin1') as Digest;

describe('the suffix stands before the extension', () => {
  test.each([
    ['a.txt', 'a.conflict-0123456789.txt'],
    ['a', 'a.conflict-0123456789'],
    ['a.tar.gz', 'a.tar.conflict-0123456789.gz'],
    ['.bashrc', '.bashrc.conflict-0123456789'],
    ['.config.json', '.config.conflict-0123456789.json'],
    ['a.', 'a..conflict-0123456789'],
    ['..a', '..conflict-0123456789.a'],
    ['über.txt', 'über.conflict-0123456789.txt'],
    [`a.${'x'.repeat(40)}`, `a.${'x'.repeat(40)}.conflict-0123456789`],
    ['a.conflict-fedcba9876.txt', 'a.conflict-0123456789.txt'],
    ['a.conflict-fedcba9876', 'a.conflict-0123456789'],
    ['a.conflict-fedcba9876543210fedc.txt', 'a.conflict-0123456789.txt'],
    ['a.conflict-fedcba9876.conflict-fedcba9876.txt', 'a.conflict-0123456789.txt'],
    ['a.conflict-short.txt', 'a.conflict-short.conflict-0123456789.txt'],
    ['a.conflict-FEDCBA9876.txt', 'a.conflict-FEDCBA9876.conflict-0123456789.txt'],
  ])('%s → %s', (name, expected) => {
    expect(textOf(conflictName(byteStringOfText(name) as Name, digest))).toBe(expected);
  });
});

test('a name that is taken by something else makes place for longer ones', () => {
  const lengths = [10, 20, 40, 64].map((length) => `a.conflict-${hexOf(digest).slice(0, length)}.txt`);
  expect(conflictNames('a.txt' as Name, digest)).toEqual(lengths);
  expect(conflictNames(lengths[0] as Name, digest)).toEqual(lengths.slice(1));
});

test('every name gives names that are allowed, differ from it and do not nest', () => {
  fc.assert(
    fc.property(names, digests, (name, other) => {
      for (const copy of conflictNames(name, other)) {
        expect(checkName(copy)).toBe(copy);
        expect(copy.length).toBeLessThanOrEqual(NAME_MAX);
        expect(copy).not.toBe(name);
        expect(conflictName(copy, digest)).toBe(conflictName(name, digest));
        expect(isConflictCopy({ name: copy, digest: other })).toBe(true);
      }
    }),
  );
});

test('a long name is cut between characters, and stays within 255 bytes', () => {
  for (const text of ['ü'.repeat(127), `a${'ü'.repeat(127)}`, `${'日本'.repeat(40)}.txt`, '🌍'.repeat(63)]) {
    const copy = conflictName(byteStringOfText(text) as Name, digest);
    expect(copy.length).toBeLessThanOrEqual(NAME_MAX);
    expect(copy.length).toBeGreaterThan(NAME_MAX - 5);
    expect(isUtf8(copy)).toBe(true);
  }
});

test('bytes that are no text are cut anywhere', () => {
  const copy = conflictName('\xff\x80'.repeat(127) as Name, digest);
  expect(copy.length).toBe(NAME_MAX);
});

test('a conflict copy is known by the digits of its own content', () => {
  const name = conflictName('a.txt' as Name, digest);
  expect(isConflictCopy({ name, digest })).toBe(true);
  expect(isConflictCopy({ name, digest: '\x01'.repeat(32) as Digest })).toBe(false);
  expect(isConflictCopy({ name, digest: '' as Digest })).toBe(false);
  expect(isConflictCopy({ name: 'a.txt' as Name, digest })).toBe(false);
});
