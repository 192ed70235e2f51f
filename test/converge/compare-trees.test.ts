import { describe, expect, test } from 'vitest';
import { type Comparison, compareTrees, type Tree } from '../../src/converge/compare-trees.js';
import type { Digest } from '../../src/model/digest.js';
import type { Directory, Entry } from '../../src/model/entry.js';
import { joinPath, type Name, type RelPath, ROOT } from '../../src/model/path.js';
import { summarizeDirectory } from '../../src/tree/summarize.js';

type Shape = { readonly [name: string]: Shape | string };

/** A tree over a literal that counts what is listed. */
function treeOf(shape: Shape): Tree & { readonly listed: string[] } {
  const records = new Map<RelPath, Directory>();
  const summary = record(shape, ROOT, records);
  const listed: string[] = [];
  return {
    root: summary,
    listed,
    list: async (path) => {
      listed.push(path);
      return records.get(path) ?? [];
    },
  };
}

function record(shape: Shape, path: RelPath, records: Map<RelPath, Directory>) {
  const entries = Object.keys(shape)
    .sort()
    .map((name): Entry => {
      const child = shape[name] as Shape | string;
      const base = { name: name as Name, mtime: 0, mode: 0o755, vector: [], lineage: [] };
      if (typeof child === 'string') return { ...base, kind: 'file', size: 1, digest: child.padEnd(32) as Digest };
      const tree = record(child, joinPath(path, name as Name), records);
      return { ...base, kind: 'directory', size: 0, digest: '' as Digest, tree };
    });
  records.set(path, entries);
  return summarizeDirectory(entries);
}

async function all(trees: readonly Tree[]): Promise<Comparison[]> {
  const found: Comparison[] = [];
  for await (const comparison of compareTrees(trees, 'full')) found.push(comparison);
  return found;
}

describe('comparing trees', () => {
  test('lists nothing when the roots are equal', async () => {
    const trees = [treeOf({ a: { b: '1' } }), treeOf({ a: { b: '1' } })];
    expect(await all(trees)).toEqual([]);
    expect(trees.flatMap(({ listed }) => listed)).toEqual([]);
  });

  test('opens only what differs, parents before children, and asks a peer only where it differs from the first', async () => {
    const same = { deep: { x: '1', y: '2' } };
    const first = treeOf({ same, changed: { f: '1' }, only: { here: '1' } });
    const second = treeOf({ same, changed: { f: '2' } });
    const third = treeOf({ same, changed: { f: '1' }, only: { here: '1' } });
    const found = await all([first, second, third]);
    expect(found.map(({ path }) => path)).toEqual(['', 'changed', 'only']);
    expect(second.listed).toEqual(['', 'changed']);
    expect(third.listed).toEqual([]);
    expect(found[1]?.replicas[2]).toEqual(found[1]?.replicas[0]);
    expect(found[2]?.replicas.map((directory) => directory.length)).toEqual([1, 0, 1]);
  });

  test('takes a replica that can no longer be asked for one that holds what the first holds', async () => {
    const first = treeOf({ d: { f: '1' } });
    const second = treeOf({ d: { f: '2' } });
    const failing: Tree = { ...second, list: async (path) => (path === 'd' ? undefined : second.list(path)) };
    const found = await all([first, failing]);
    expect(found[1]?.replicas[1]).toEqual(found[1]?.replicas[0]);
  });

  test('asks ahead only so far, however wide the tree', async () => {
    const wide = (content: string): Shape =>
      Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`d${i}`, { f: content }]));
    const first = treeOf(wide('1'));
    const second = treeOf(wide('2'));
    const walk = compareTrees([first, second], 'full');
    await walk.next();
    await walk.next();
    expect(second.listed.length).toBeLessThan(100);
    await walk.return(undefined);
  });
});

test('a replica that invents directories without end is refused once too many wait, and the others are compared to the end', async () => {
  const here = treeOf({ a: 'a' });
  const other = treeOf({ a: 'b', d: { x: 'x' } });
  let refusals = 0;
  let asked = 0;
  const endless: Tree = {
    root: { full: 'f'.repeat(32) as Digest, view: 'v'.repeat(32) as Digest },
    list: async () => {
      if (refusals > 0) return undefined;
      return Array.from({ length: 50 }, (_, i): Entry => {
        const digest = String(asked++).padStart(32, '0') as Digest;
        const name = String(i).padStart(2, '0') as Name;
        const tree = { full: digest, view: digest, entries: 1, bytes: 1 };
        return {
          name,
          kind: 'directory',
          size: 0,
          mtime: 0,
          mode: 0o755,
          digest: '' as Digest,
          vector: [],
          lineage: [],
          tree,
        };
      });
    },
    refuse: (error) => {
      expect(error.code).toBe('protocol');
      refusals++;
    },
  };
  const seen = new Map<string, readonly Directory[]>();
  for await (const { path, replicas } of compareTrees([here, other, endless], 'full', ROOT, 1_000))
    seen.set(path, replicas);
  expect(refusals).toBe(1);
  expect(seen.get('d')?.[1]?.map(({ name }) => name)).toEqual(['x']);
  expect(asked).toBeLessThan(100_000); // it ends; what was asked ahead is a part of it
});
