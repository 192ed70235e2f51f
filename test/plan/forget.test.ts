import { expect, test } from 'vitest';
import type { Name } from '../../src/model/path.js';
import { enforce } from '../../src/plan/enforce.js';
import { forgetOld, REMEMBERED_MS } from '../../src/plan/forget.js';
import { EMPTY_TREE } from '../../src/tree/summarize.js';
import { absent, deleted, file } from './entries.js';

const DEFAULTS = { deletes: false, conflict: 'keep-both' } as const;
const THEN = 1_700_000_000_000;

test('what lives is never forgotten', () => {
  const entry = file('one', 'A1');
  expect(forgetOld(entry, THEN)).toBe(entry);
});

test('a tombstone claims for a year from when it was first looked at, then it claims nothing, then it is gone', () => {
  const seen = forgetOld(deleted('A2'), THEN);
  expect(seen).toMatchObject({ kind: 'deleted', since: THEN });
  if (seen === undefined) throw new Error('expected a tombstone');
  expect(forgetOld(seen, THEN + REMEMBERED_MS - 1)).toBe(seen);
  const silent = forgetOld(seen, THEN + REMEMBERED_MS);
  expect(silent).toMatchObject({ kind: 'absent', vector: seen.vector, since: THEN + REMEMBERED_MS });
  if (silent === undefined) throw new Error('expected its history');
  expect(forgetOld(silent, THEN + 2 * REMEMBERED_MS - 1)).toBe(silent);
  expect(forgetOld(silent, THEN + 2 * REMEMBERED_MS)).toBeUndefined();
});

test('a name with history below it is kept until that is forgotten', () => {
  const entry = { ...absent('A2'), since: THEN, tree: EMPTY_TREE };
  expect(forgetOld(entry, THEN + 9 * REMEMBERED_MS)).toBe(entry);
});

test('a tombstone with another one below it goes on claiming as long as that does', () => {
  const entry = { ...deleted('A2'), since: THEN, tree: EMPTY_TREE };
  expect(forgetOld(entry, THEN + REMEMBERED_MS, true)).toBe(entry);
  expect(forgetOld(entry, THEN + REMEMBERED_MS)?.kind).toBe('absent');
});

test('a clock that went back forgets nothing', () => {
  const entry = { ...deleted('A2'), since: THEN };
  expect(forgetOld(entry, THEN - REMEMBERED_MS)).toBe(entry);
});

test('a forgotten tombstone is not learned again from who remembers it, another one is', () => {
  const forgotten = absent('A2 B1');
  expect(enforce(forgotten, deleted('A2 B1'), DEFAULTS).action).toBe('nothing');
  expect(enforce(forgotten, deleted('A3 B1'), DEFAULTS).action).toBe('record');
});

test('once it is forgotten, the file of a replica that was away comes back', () => {
  const forgotten = { ...absent('A2'), name: 'name' as Name };
  expect(enforce(forgotten, file('old', 'A1'), DEFAULTS)).toMatchObject({ action: 'install', change: 'restore' });
});
