/** Listings that are fetched ahead of their turn are bounded by what they hold, not by their number. */
import { expect, test } from 'vitest';
import { compareTrees, type Tree } from '../../src/converge/compare-trees.js';
import type { Digest } from '../../src/model/digest.js';
import type { Entry, TreeSummary } from '../../src/model/entry.js';
import type { Name, RelPath } from '../../src/model/path.js';

const WIDE = 20_000;

function summary(digest: string): TreeSummary {
  return { full: digest as Digest, view: digest as Digest, entries: 0, bytes: 0 };
}

function entry(name: string, tree?: TreeSummary): Entry {
  const kind = tree === undefined ? 'file' : 'directory';
  const rest = { size: 0, mtime: 0, mode: 0, digest: '' as Digest, vector: [], lineage: [] };
  return { name: name as Name, kind, ...rest, ...(tree === undefined ? {} : { tree }) };
}

test('a peer with many huge directories is asked again for what came too early, and every directory is seen once', async () => {
  const names = Array.from({ length: 20 }, (_, i) => `d${String(i).padStart(2, '0')}`);
  const huge = Array.from({ length: WIDE }, (_, i) => entry(`f${String(i).padStart(6, '0')}`));
  const asked = new Map<RelPath, number>();
  const here: Tree = { root: summary('a'), list: async () => [] };
  const there: Tree = {
    root: summary('b'),
    list: async (path) => {
      asked.set(path, (asked.get(path) ?? 0) + 1);
      return path === '' ? names.map((name) => entry(name, summary(name))) : huge;
    },
  };
  const seen: string[] = [];
  for await (const { path, replicas } of compareTrees([here, there], 'full')) {
    seen.push(path);
    expect(replicas[1]).toHaveLength(path === '' ? names.length : WIDE);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(seen).toEqual(['', ...names]);
  const twice = [...asked.values()].filter((times) => times === 2).length;
  expect(twice).toBeGreaterThanOrEqual(10);
  expect(Math.max(...asked.values())).toBe(2);
});
