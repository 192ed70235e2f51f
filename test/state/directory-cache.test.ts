import { expect, test } from 'vitest';
import type { RelPath } from '../../src/model/path.js';
import { DirectoryCache } from '../../src/state/directory-cache.js';
import { encodeRecord } from '../../src/state/directory-record.js';
import { entry } from './state-fixture.js';

const A = 'a' as RelPath;

test('a decoded record is given again while it has the same stamp, and never afterwards', () => {
  const cache = new DirectoryCache();
  const [old, renewed] = [encodeRecord([entry('x')], 1), encodeRecord([entry('y')], 2)];
  const first = cache.decode(A, old);
  expect(cache.decode(A, old)).toBe(first);
  expect(cache.decode(A, renewed)).toEqual([entry('y')]);
});

test('all caches share one budget: what one folder reads makes room among the others', () => {
  const [one, two] = [new DirectoryCache(), new DirectoryCache()];
  const record = encodeRecord([entry('x')], 1);
  const first = one.decode(A, record);
  const large = encodeRecord(
    Array.from({ length: 6000 }, (_, n) => entry(`name ${String(n).padStart(60, '0')}`)),
    1,
  );
  for (const path of ['a', 'b', 'c', 'd', 'e']) two.decode(path as RelPath, large);
  expect(one.decode(A, record)).not.toBe(first);
  expect(one.decode(A, record)).toEqual(first);
});

test('one that is too large to be kept beside others is given again, too, until nothing is asked for', () => {
  const cache = new DirectoryCache();
  const wide = Array.from({ length: 20_000 }, (_, n) => entry(`name ${String(n).padStart(60, '0')}`));
  const record = encodeRecord(wide, 1);
  const first = cache.decode(A, record);
  expect(cache.decode(A, record)).toBe(first);
  cache.rest();
  expect(cache.decode(A, record)).not.toBe(first);
});
