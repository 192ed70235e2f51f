import fs from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf, hexOf } from '../../src/model/digest.js';
import { type Entry, isLive, type Lineage, type LocalEntry } from '../../src/model/entry.js';
import type { ReplicaId } from '../../src/model/version-vector.js';
import { decodeDirectory } from '../../src/tree/directory-codec.js';
import { EMPTY_TREE, summarizeDirectory } from '../../src/tree/summarize.js';
import { directories } from './directories.js';

const settled = directories(true).map((directory) =>
  directory.map(
    ({ tree, ...entry }): LocalEntry =>
      tree === undefined
        ? entry
        : { ...entry, tree: { ...tree, full: digestOf(Buffer.from(tree.full)), entries: 7, bytes: 9 } },
  ),
);

test('the empty tree is the summary of a directory without entries', () => {
  expect(summarizeDirectory([])).toEqual(EMPTY_TREE);
});

test('what is absent, stats and lineage are in no digest', () => {
  fc.assert(
    fc.property(settled, (directory) => {
      const claims = directory
        .filter(({ kind }) => kind !== 'absent')
        .map(({ stat, ...entry }) => ({ ...entry, lineage: ['l'.repeat(16) as Lineage] }));
      expect(summarizeDirectory(claims)).toEqual(summarizeDirectory(directory));
    }),
  );
});

test('the view knows nothing of tombstones and versions, the full digest does', () => {
  fc.assert(
    fc.property(settled, fc.nat(), (directory, pick) => {
      const summary = summarizeDirectory(directory);
      const other = directory.map((entry) => ({ ...entry, vector: [['rOTHER00' as ReplicaId, 1 + pick] as const] }));
      expect(summarizeDirectory(other.filter(isLive)).view).toBe(summary.view);
      if (directory.some(({ kind }) => kind !== 'absent'))
        expect(summarizeDirectory(other).full).not.toBe(summary.full);
    }),
  );
});

test('every fact that a user sees is in both digests', () => {
  fc.assert(
    fc.property(
      settled,
      fc.nat(),
      fc.constantFrom('name', 'kind', 'size', 'mtime', 'mode', 'digest', 'remove'),
      (directory, pick, fact) => {
        const live = directory.filter(isLive);
        const chosen = live[pick % Math.max(1, live.length)];
        if (chosen === undefined) return;
        const changed = directory.flatMap((entry): Entry[] => (entry === chosen ? alter(entry, fact) : [entry]));
        const [before, after] = [summarizeDirectory(directory), summarizeDirectory(changed)];
        expect(after.view).not.toBe(before.view);
        expect(after.full).not.toBe(before.full);
      },
    ),
  );
});

test('counts are those of the live entries and of all that is told of below', () => {
  fc.assert(
    fc.property(settled, (directory) => {
      const live = directory.filter(isLive);
      const folders = directory.filter(({ kind, tree }) => kind !== 'absent' && tree !== undefined).length;
      const files = live.filter(({ kind }) => kind === 'file');
      const { entries, bytes } = summarizeDirectory(directory);
      expect(entries).toBe(live.length + 7 * folders);
      const sum = files.reduce((total, { size }) => total + BigInt(size), BigInt(9 * folders));
      if (sum <= Number.MAX_SAFE_INTEGER) expect(bytes).toBe(Number(sum));
      else expect(bytes).toBe(Number.MAX_SAFE_INTEGER);
    }),
  );
});

test('a child without a summary stops the computation', () => {
  const [directory] = fixture.packed
    .slice(-1)
    .map(({ hex, local }: { hex: string; local: boolean }) => decodeDirectory(unhex(hex), { local }));
  const open = directory.map((entry: Entry) => ({ ...entry, tree: { ...EMPTY_TREE, full: '' } }));
  expect(() => summarizeDirectory(open)).toThrow('children');
});

const fixture = JSON.parse(fs.readFileSync(new URL('../../fixtures/tree/directory.json', import.meta.url), 'utf8'));

describe('golden vectors of [digests]', () => {
  test.each(
    fixture.digests as { name: string; hex: string; full: string; view: string; entries: number; bytes: number }[],
  )('$name', (row) => {
    const { full, view, entries, bytes } = summarizeDirectory(decodeDirectory(unhex(row.hex), { local: false }));
    expect({ full: hexOf(full), view: hexOf(view), entries, bytes }).toEqual({
      full: row.full,
      view: row.view,
      entries: row.entries,
      bytes: row.bytes,
    });
  });
});

function alter(entry: Entry, fact: string): Entry[] {
  switch (fact) {
    case 'remove':
      return [];
    case 'name':
      return [{ ...entry, name: `${entry.name.slice(0, 200)}~` as Entry['name'] }];
    case 'kind':
      return [
        { ...entry, kind: entry.kind === 'file' ? 'symlink' : 'file', digest: digestOf(Buffer.from(entry.name)) },
      ];
    case 'size':
    case 'mtime':
      return [{ ...entry, [fact]: entry[fact] === 5 ? 6 : 5 }];
    case 'mode':
      return [{ ...entry, mode: entry.mode ^ 1 }];
    default:
      return entry.kind === 'directory'
        ? [
            {
              ...entry,
              tree: { ...EMPTY_TREE, view: digestOf(Buffer.from('other')), full: digestOf(Buffer.from('other')) },
            },
          ]
        : [{ ...entry, digest: digestOf(Buffer.from(entry.digest)) }];
  }
}

function unhex(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}
