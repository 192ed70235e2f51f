import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Entry, isLive, lineageOf, sameContent } from '../../src/model/entry.js';
import { compareVectors } from '../../src/model/version-vector.js';
import { enforce } from '../../src/plan/enforce.js';
import type { Policy } from '../../src/plan/policy.js';
import { absent, deleted, directory, file, supersedes, version } from './entries.js';

const UNION: Policy = { deletes: false, conflict: 'keep-both' };
const DELETES: Policy = { deletes: true, conflict: 'keep-both' };

describe('a replica that has nothing', () => {
  test('creates the target', () => {
    const target = file('one', 'A1');
    expect(enforce(undefined, target, UNION)).toEqual({
      action: 'install',
      change: 'create',
      target,
      copies: [],
      discards: false,
    });
  });

  test('restores it where it went missing, with the version of the target alone', () => {
    const target = file('one', 'A1');
    expect(enforce(absent('A1 M5'), target, UNION)).toMatchObject({ action: 'install', change: 'restore', target });
  });

  test('only records a tombstone', () => {
    expect(enforce(undefined, deleted('A1'), UNION)).toMatchObject({ action: 'record', target: deleted('A1') });
  });

  test('records no tombstone where it would tell nobody', () => {
    expect(enforce(undefined, deleted('A1'), UNION, false)).toEqual({ action: 'nothing' });
    expect(enforce(absent('A1'), deleted('A2'), UNION, false)).toEqual({ action: 'nothing' });
    expect(enforce(undefined, file('one', 'A1'), UNION, false)).toMatchObject({ change: 'create' });
  });
});

describe('a replica that has the content', () => {
  test('does nothing when it has all of it', () => {
    expect(enforce(file('one', 'A1'), file('one', 'A1'), UNION)).toEqual({ action: 'nothing' });
  });

  test('records a version', () => {
    expect(enforce(file('one', 'A1'), file('one', 'A1 B1'), UNION)).toMatchObject({
      action: 'record',
      target: { vector: version('A1 B1') },
    });
  });

  test('sets times and modes', () => {
    const verdict = enforce(file('one', 'A1'), file('one', 'A2', { mtime: 5 }), UNION);
    expect(verdict).toMatchObject({ action: 'install', change: 'metadata', target: { mtime: 5 } });
  });

  test('keeps an edit of the mode that came meanwhile', () => {
    const mine = file('one', 'A1 M9', { mtime: 50, mode: 0o600 });
    expect(enforce(mine, file('one', 'A1 B1'), UNION)).toMatchObject({
      action: 'record',
      target: { mode: 0o600, vector: version('A1 B1 M9') },
    });
  });
});

describe('a replica that has other content', () => {
  test('replaces what the target supersedes', () => {
    const target = file('two', 'A2', { lineage: supersedes('one') });
    expect(enforce(file('one', 'A1'), target, UNION)).toMatchObject({
      action: 'install',
      change: 'update',
      copies: [],
      discards: false,
    });
  });

  test('makes a copy of what the target does not name, whatever its version says', () => {
    const verdict = enforce(file('one', 'A1'), file('two', 'A2'), UNION);
    expect(verdict).toMatchObject({
      action: 'install',
      change: 'update',
      copies: [{ digest: file('one', '').digest }],
    });
  });

  test('makes a copy of what has the same version but other content', () => {
    const target = file('two', 'A1', { mtime: 99, lineage: supersedes('one') });
    expect(enforce(file('one', 'A1'), target, UNION)).toMatchObject({
      action: 'install',
      copies: [{ digest: file('one', '').digest }],
    });
  });

  test('moves it to the trash with newest', () => {
    const verdict = enforce(file('one', 'A1'), file('two', 'B1', { mtime: 99 }), { ...UNION, conflict: 'newest' });
    expect(verdict).toMatchObject({ action: 'install', change: 'update', copies: [], discards: true });
  });

  test('refuses with fail', () => {
    const verdict = enforce(file('one', 'A1'), file('two', 'B1', { mtime: 99 }), { ...UNION, conflict: 'fail' });
    expect(verdict).toMatchObject({ action: 'refuse', refusal: 'conflict' });
  });

  test('keeps an edit that came meanwhile and wins', () => {
    const mine = file('mine', 'A1 M9', { mtime: 99, lineage: supersedes('one') });
    expect(enforce(mine, file('two', 'A2', { lineage: supersedes('one') }), UNION)).toMatchObject({
      action: 'refuse',
      refusal: 'newer',
    });
  });

  test('ignores a stale target that it has superseded', () => {
    const mine = file('two', 'A2', { lineage: supersedes('one') });
    expect(enforce(mine, file('one', 'A1'), UNION)).toEqual({ action: 'nothing' });
  });

  test('ignores a stale tombstone', () => {
    expect(enforce(file('two', 'A2 B1'), deleted('A2'), DELETES)).toEqual({ action: 'nothing' });
  });
});

describe('deletions', () => {
  const tombstone = deleted('A2', { lineage: supersedes('one') });

  test('remove what they have seen, into the trash', () => {
    expect(enforce(file('one', 'A1'), tombstone, DELETES)).toMatchObject({
      action: 'install',
      change: 'delete',
      discards: true,
      copies: [],
    });
  });

  test('need consent', () => {
    expect(enforce(file('one', 'A1'), tombstone, UNION)).toMatchObject({ action: 'refuse', refusal: 'deletes' });
  });

  test('do not remove what they have not seen', () => {
    expect(enforce(file('one', 'A1 M9'), tombstone, DELETES)).toMatchObject({ action: 'refuse', refusal: 'newer' });
    expect(enforce(file('other', 'A1'), tombstone, DELETES)).toMatchObject({ action: 'refuse', refusal: 'newer' });
  });

  test('of directories need consent, too', () => {
    expect(enforce(directory('A1'), deleted('A2'), DELETES)).toMatchObject({
      action: 'install',
      change: 'delete',
      discards: false,
    });
    expect(enforce(directory('A1'), deleted('A2'), UNION)).toMatchObject({ action: 'refuse', refusal: 'deletes' });
  });

  test('a file does not take the place of a directory without consent', () => {
    expect(enforce(directory('A1'), file('one', 'A2'), UNION)).toMatchObject({ action: 'refuse', refusal: 'deletes' });
    expect(enforce(directory('A1'), file('one', 'A2'), DELETES)).toMatchObject({ action: 'install', change: 'update' });
  });
});

test('a directory moves a file aside', () => {
  expect(enforce(file('one', 'A1'), directory('B1'), UNION)).toMatchObject({
    action: 'install',
    change: 'update',
    copies: [{ kind: 'file' }],
  });
});

const contents = ['one', 'two', 'three'];
const vectors = fc.array(fc.constantFrom('A1', 'A2', 'B1', 'B2', 'M1'), { maxLength: 3 }).map((pairs) => {
  const latest = new Map(pairs.sort().map((pair) => [pair[0], pair]));
  return [...latest.values()].join(' ');
});
const more = fc.record({
  mtime: fc.integer({ min: -5, max: 5 }),
  lineage: fc.subarray(contents).map((list) => supersedes(...list)),
});
const entries: fc.Arbitrary<Entry> = fc.oneof(
  fc.tuple(fc.constantFrom(...contents), vectors, more).map(([content, vector, facts]) => file(content, vector, facts)),
  fc.tuple(vectors, more).map(([vector, { lineage }]) => deleted(vector, { lineage })),
  vectors.map((vector) => directory(vector)),
);
const policies: fc.Arbitrary<Policy> = fc.record({
  deletes: fc.boolean(),
  conflict: fc.constantFrom('keep-both', 'newest', 'fail'),
});

test('whatever a peer sends, content goes only if it was superseded or is kept first', () => {
  fc.assert(
    fc.property(entries, entries, policies, (mine, target, policy) => {
      const verdict = enforce(mine, target, policy);
      if (verdict.action !== 'install' || !isLive(mine) || sameContent(mine, verdict.target)) return;
      if (verdict.change === 'delete') expect(policy.deletes).toBe(true);
      if (mine.kind === 'directory') {
        expect(policy.deletes).toBe(true);
        return;
      }
      const superseded =
        compareVectors(verdict.target.vector, mine.vector) === 'after' &&
        verdict.target.lineage.includes(lineageOf(mine.digest));
      expect(superseded || verdict.discards || verdict.copies.some((copy) => sameContent(copy, mine))).toBe(true);
      expect(compareVectors(verdict.target.vector, mine.vector)).toBe('after');
    }),
    { numRuns: 1500 },
  );
});

test('what is enforced once is enforced: a second time there is nothing to do', () => {
  fc.assert(
    fc.property(entries, entries, policies, (mine, target, policy) => {
      const verdict = enforce(mine, target, policy);
      if (verdict.action !== 'install' && verdict.action !== 'record') return;
      expect(enforce(verdict.target, target, policy)).toEqual({ action: 'nothing' });
    }),
    { numRuns: 1500 },
  );
});
