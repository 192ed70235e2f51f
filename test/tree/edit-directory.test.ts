import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Name } from '../../src/model/path.js';
import { findEntry, putEntries, removeEntry } from '../../src/tree/edit-directory.js';
import { directories, names } from './directories.js';

test('putting entries does what a map does, and keeps the order', () => {
  fc.assert(
    fc.property(directories(true), directories(true), (directory, added) => {
      const map = new Map([...directory, ...added].map((entry) => [entry.name, entry]));
      const sorted = [...map.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
      const shuffled = [...added].reverse();
      const result = putEntries(directory, shuffled);
      expect(result).toEqual(sorted);
      expect(result.every((entry, i) => entry === sorted[i])).toBe(true);
    }),
  );
});

test('an entry is found by its name, and nothing else is', () => {
  fc.assert(
    fc.property(directories(true), names, (directory, name) => {
      for (const entry of directory) expect(findEntry(directory, entry.name)).toBe(entry);
      expect(findEntry(directory, name)).toBe(directory.find((entry) => entry.name === name));
    }),
  );
});

test('removing takes out the one name', () => {
  fc.assert(
    fc.property(directories(true), fc.nat(), (directory, pick) => {
      const name = directory[pick % Math.max(1, directory.length)]?.name ?? ('none' as Name);
      expect(removeEntry(directory, name)).toEqual(directory.filter((entry) => entry.name !== name));
    }),
  );
});

test('the last of several entries with one name counts', () => {
  fc.assert(
    fc.property(
      directories(true).filter((directory) => directory.length > 0),
      (directory) => {
        const [first] = directory;
        if (first === undefined) return;
        const other = { ...first, size: first.size + 1 };
        expect(findEntry(putEntries([], [first, other]), first.name)).toBe(other);
      },
    ),
  );
});
