import { describe, expect, test } from 'vitest';
import type { Digest } from '../../src/model/digest.js';
import { LINEAGE_MAX, type LocalEntry, type LocalStat, lineageOf } from '../../src/model/entry.js';
import type { Name } from '../../src/model/path.js';
import { conflictName } from '../../src/plan/conflict-name.js';
import { type Observation, observe } from '../../src/plan/observe.js';
import { absent, contentOf, deleted, directory, file, supersedes, version } from './entries.js';

const NAME = 'name' as Name;
const stat: LocalStat = { dev: 1, ino: 2, size: 3, mtimeMs: 4.125, ctimeMs: 5 };
const default_ = { replica: version('M9')[0]?.[0] as never, tick: () => 9, deletes: false };
const deleting = { ...default_, deletes: true };

function seen(content: string, more: Partial<Observation> = {}): Observation {
  return { kind: 'file', size: content.length, mtime: 10, mode: 0o100644, digest: contentOf(content), stat, ...more };
}
const folder: Observation = { kind: 'directory', size: 4096, mtime: 77, mode: 0o40755, digest: '' as Digest };

test('a new file is an edit of this replica, without setuid and the like', () => {
  expect(observe(NAME, undefined, seen('one', { mode: 0o104755 }), default_)).toEqual({
    ...file('one', 'M9', { mode: 0o755 }),
    stat,
  });
});

test('a new directory has neither size nor time', () => {
  const tree = { full: '', view: '', entries: 0, bytes: 0 };
  expect(observe(NAME, undefined, folder, default_)).toEqual({ ...directory('M9'), tree });
});

test('a new symlink has no mode', () => {
  const entry = observe(NAME, undefined, seen('target', { kind: 'symlink', mode: 0o120777 }), default_);
  expect(entry).toMatchObject({ kind: 'symlink', mode: 0 });
});

test('what has not changed is the very same entry, and no counter is used', () => {
  const tick = (): number => {
    throw new Error('counted');
  };
  const entry: LocalEntry = { ...file('one', 'A1'), stat };
  expect(observe(NAME, entry, seen('one'), { ...default_, tick })).toBe(entry);
  const moved = { ...stat, ctimeMs: 6 };
  expect(observe(NAME, entry, seen('one', { stat: moved }), { ...default_, tick })).toEqual({ ...entry, stat: moved });
});

test('a time that the disk gives back less finely is no edit', () => {
  const entry: LocalEntry = { ...file('one', 'A1', { mtime: 4126 }), stat };
  expect(observe(NAME, entry, seen('one', { mtime: 4125 }), default_)).toBe(entry);
  const later = seen('one', { mtime: 4125, stat: { ...stat, mtimeMs: 4.1251 } });
  expect(observe(NAME, entry, later, default_)).toMatchObject({ mtime: 4125, vector: version('A1 M9') });
});

describe('edits', () => {
  test('new content supersedes the old one', () => {
    expect(observe(NAME, file('one', 'A1'), seen('two'), default_)).toEqual({
      ...file('two', 'A1 M9', { lineage: supersedes('one') }),
      stat,
    });
  });

  test('a new time or mode counts, and supersedes nothing', () => {
    expect(observe(NAME, file('one', 'A1'), seen('one', { mtime: 11 }), default_)).toMatchObject({
      mtime: 11,
      vector: version('A1 M9'),
      lineage: [],
    });
    expect(observe(NAME, file('one', 'A1'), seen('one', { mode: 0o600 }), default_)).toMatchObject({
      mode: 0o600,
      vector: version('A1 M9'),
      lineage: [],
    });
  });

  test('a change of kind supersedes the content', () => {
    expect(observe(NAME, file('one', 'A1'), folder, default_)).toMatchObject({
      kind: 'directory',
      vector: version('A1 M9'),
      lineage: supersedes('one'),
    });
    expect(observe(NAME, directory('A1'), seen('one'), default_)).toMatchObject({
      kind: 'file',
      vector: version('A1 M9'),
      lineage: [],
    });
  });

  test('going back to older content takes that out of the lineage', () => {
    const entry = file('two', 'A1', { lineage: supersedes('one', 'zero') });
    expect(observe(NAME, entry, seen('one'), default_)).toMatchObject({ lineage: supersedes('two', 'zero') });
  });

  test('the lineage is capped, the oldest first', () => {
    const old = Array.from({ length: LINEAGE_MAX }, (_, i) => lineageOf(contentOf(`${i}`)));
    const entry = observe(NAME, file('one', 'A1', { lineage: old }), seen('two'), default_);
    expect(entry?.lineage).toEqual([...supersedes('one'), ...old.slice(0, -1)]);
  });
});

describe('what is missing', () => {
  test('is nothing if nothing was known', () => {
    expect(observe(NAME, undefined, undefined, deleting)).toBeUndefined();
  });

  test('claims nothing in a default run, but keeps its history', () => {
    const entry: LocalEntry = { ...file('one', 'A1', { lineage: supersedes('zero') }), stat };
    expect(observe(NAME, entry, undefined, default_)).toEqual(absent('A1', { lineage: supersedes('one', 'zero') }));
  });

  test('is deleted when the run deletes', () => {
    expect(observe(NAME, file('one', 'A1'), undefined, deleting)).toEqual(
      deleted('A1 M9', { lineage: supersedes('one') }),
    );
    expect(observe(NAME, directory('A1'), undefined, deleting)).toEqual(deleted('A1 M9'));
  });

  test('stays absent when a later run deletes', () => {
    const entry = absent('A1', { lineage: supersedes('one') });
    expect(observe(NAME, entry, undefined, deleting)).toBe(entry);
  });

  test('stays deleted without a new claim', () => {
    const entry = deleted('A1');
    expect(observe(NAME, entry, undefined, deleting)).toBe(entry);
  });

  test('is deleted even in a default run if it is a conflict copy as it was made', () => {
    const name = conflictName('a.txt' as Name, contentOf('one'));
    expect(observe(name, file('one', 'A1', { name }), undefined, default_)).toMatchObject({
      kind: 'deleted',
      vector: version('A1 M9'),
    });
    expect(observe(name, file('mine', 'A1', { name }), undefined, default_)).toMatchObject({
      kind: 'absent',
      vector: version('A1'),
    });
  });

  test('continues its history when it comes back', () => {
    const gone = absent('A1', { lineage: supersedes('one') });
    expect(observe(NAME, gone, seen('two'), default_)).toMatchObject({
      kind: 'file',
      vector: version('A1 M9'),
      lineage: supersedes('one'),
    });
    expect(observe(NAME, gone, seen('one'), default_)).toMatchObject({
      kind: 'file',
      vector: version('A1 M9'),
      lineage: [],
    });
    expect(observe(NAME, deleted('A1', { lineage: supersedes('one') }), seen('two'), default_)).toMatchObject({
      vector: version('A1 M9'),
    });
  });
});
