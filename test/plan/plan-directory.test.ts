import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../src/model/entry.js';
import type { Name } from '../../src/model/path.js';
import { conflictNames } from '../../src/plan/conflict-name.js';
import { planDirectory } from '../../src/plan/plan-directory.js';
import type { Policy } from '../../src/plan/policy.js';
import { wasRestored } from '../../src/plan/restored.js';
import { directories } from '../tree/directories.js';
import { absent, contentOf, deleted, directory, file, supersedes, version } from './entries.js';

const UNION: Policy = { deletes: false, conflict: 'keep-both' };
const DELETES: Policy = { deletes: true, conflict: 'keep-both' };

function named(name: string, entry: Entry): Entry {
  return { ...entry, name: name as Name };
}

describe('what is listed', () => {
  test('nothing, where all have the same', () => {
    const same = [file('one', 'A1')];
    expect(planDirectory([same, same, same], UNION)).toEqual({ decisions: [], live: true, unsettled: [] });
    expect(planDirectory([[], []], UNION)).toEqual({ decisions: [], live: false, unsettled: [] });
  });

  test('who holds and who lacks a file, and what it will be for them', () => {
    const other = named('b', file('two', 'B1'));
    const plan = planDirectory([[named('a', file('one', 'A1'))], [other], [named('a', absent('A1')), other]], UNION);
    expect(
      plan.decisions.map(({ target, holders, lacking, actions }) => [target.name, holders, lacking, actions]),
    ).toEqual([
      ['a', [0], [1, 2], ['create', 'restore']],
      ['b', [1, 2], [0], ['create']],
    ]);
  });

  test('history, times and contents apart', () => {
    const newest = file('two', 'A2', { lineage: supersedes('one') });
    const replicas = [
      newest,
      file('one', 'A1'),
      file('two', 'A1'),
      { ...newest, vector: version('A1'), mtime: 9 },
      deleted('A1'),
    ].map((entry) => [entry]);
    const [decision] = planDirectory(replicas, UNION).decisions;
    expect(decision).toMatchObject({
      lacking: [1, 2, 3, 4],
      actions: ['update', 'record', 'metadata', 'restore'],
      holders: [0, 2, 3],
    });
  });

  test('deletions, and tombstones for those who never had the file', () => {
    const tombstone = deleted('A2', { lineage: supersedes('one') });
    const [decision] = planDirectory([[tombstone], [file('one', 'A1')], []], DELETES).decisions;
    expect(decision).toMatchObject({
      target: { kind: 'deleted' },
      lacking: [1, 2],
      actions: ['delete', 'record'],
      holders: [],
    });
  });

  test('neither stats nor summaries are in a target', () => {
    const stat = { dev: 1, ino: 1, size: 1, mtimeMs: 1, ctimeMs: 1 };
    const tree = { full: contentOf('x'), view: contentOf('y'), entries: 1, bytes: 1 };
    const local = [{ ...file('one', 'A1'), stat }, named('z', { ...directory('A1'), tree })];
    for (const { target } of planDirectory([local, []], UNION).decisions)
      expect(Object.keys(target)).not.toEqual(expect.arrayContaining(['stat', 'tree']));
  });
});

describe('conflict copies', () => {
  const one = named('a.txt', file('one', 'A1'));
  const two = named('a.txt', file('two', 'B1', { mtime: 11 }));
  const [short, longer] = conflictNames('a.txt' as Name, contentOf('one')) as [Name, Name];

  test('have a decision of their own, with the name under which the content is now', () => {
    const { decisions } = planDirectory([[one], [two], []], UNION);
    expect(decisions.map(({ target }) => target.name)).toEqual([short, 'a.txt']);
    expect(decisions[0]).toMatchObject({
      source: 'a.txt',
      holders: [0],
      lacking: [0, 1, 2],
      actions: ['conflict', 'conflict', 'conflict'],
      copies: [],
    });
    expect(decisions[1]).toMatchObject({
      source: 'a.txt',
      holders: [1],
      lacking: [0, 1, 2],
      actions: ['update', 'record', 'create'],
      copies: [short],
      conflict: true,
    });
  });

  test('join the same content under their name', () => {
    const there = named(short, file('one', 'C1'));
    const [copy] = planDirectory([[one, there].sort(byName), [two]], UNION).decisions;
    expect(copy).toMatchObject({
      target: { name: short },
      holders: [0],
      lacking: [0, 1],
      actions: ['record', 'conflict'],
    });
  });

  test('leave other content where it is and take a longer name', () => {
    const there = named(short, file('mine', 'C1'));
    const { decisions } = planDirectory([[one], [two, there].sort(byName)], UNION);
    expect(decisions.map(({ target }) => [target.name, target.digest])).toEqual([
      [short, contentOf('mine')],
      [longer, contentOf('one')],
      ['a.txt', contentOf('two')],
    ]);
  });

  test('block the path when all their names are taken', () => {
    const taken = conflictNames('a.txt' as Name, contentOf('one')).map((name) => named(name, directory('C1')));
    const { decisions } = planDirectory([[one], [two, ...taken].sort(byName)], UNION);
    const decision = decisions.find(({ target }) => target.name === 'a.txt');
    expect(decision).toMatchObject({ blocked: 'name', lacking: [] });
  });

  test('are not made with fail: the path is blocked, the others are planned', () => {
    const { decisions } = planDirectory([[one], [two, named('b', file('new', 'B1'))]], { ...UNION, conflict: 'fail' });
    expect(decisions.map(({ target, blocked, lacking }) => [target.name, blocked, lacking])).toEqual([
      ['a.txt', 'conflict', []],
      ['b', undefined, [0]],
    ]);
  });

  test('are not made of what was cleared: the loser goes into the lineage', () => {
    const winner = named('a.txt', file('two', 'A1 B1', { mtime: 11 }));
    const tombstone = named(short, {
      ...deleted(''),
      vector: [['x'.concat(contentOf('one').slice(0, 7)) as never, 1], ...version('B2')].sort() as never,
    });
    const { decisions } = planDirectory([[winner, tombstone].sort(byName), [one]], UNION);
    expect(decisions.find(({ target }) => target.name === 'a.txt')).toMatchObject({
      target: { lineage: supersedes('one') },
      conflict: false,
      copies: [],
      lacking: [1],
    });
    expect(decisions.find(({ target }) => target.name === short)).toMatchObject({ target: { kind: 'deleted' } });
  });
});

describe('directories that a plan would remove', () => {
  const tombstone = deleted('A2');

  test('are unsettled', () => {
    expect(planDirectory([[tombstone], [directory('A1')]], DELETES).unsettled).toEqual(['name']);
    expect(planDirectory([[file('one', 'A2')], [directory('A1')]], DELETES).unsettled).toEqual(['name']);
    expect(planDirectory([[tombstone], [directory('A1')]], UNION).unsettled).toEqual([]);
    expect(planDirectory([[directory('A2')], [directory('A1')]], DELETES).unsettled).toEqual([]);
  });

  test('live on when something below them does', () => {
    const alive = new Set(['name' as Name]);
    const [decision] = planDirectory([[tombstone], [directory('A1')]], DELETES, alive).decisions;
    expect(decision).toMatchObject({ target: { kind: 'directory' }, lacking: [0, 1], actions: ['restore', 'record'] });
  });

  test('and a file in their place makes room as a conflict copy', () => {
    const alive = new Set(['name' as Name]);
    const { decisions } = planDirectory([[file('one', 'A2')], [directory('A1')]], DELETES, alive);
    expect(decisions.map(({ target }) => target.kind)).toEqual(['directory', 'file']);
  });

  test('even if every replica has already forgotten them', () => {
    const [decision] = planDirectory([[tombstone], [deleted('B2')]], DELETES, new Set(['name' as Name])).decisions;
    expect(decision).toMatchObject({ target: { kind: 'directory' }, lacking: [0, 1], actions: ['restore', 'restore'] });
  });
});

test('but for the indices a plan does not depend on the order of the replicas', () => {
  fc.assert(
    fc.property(fc.array(directories(true), { minLength: 2, maxLength: 4 }), fc.boolean(), (replicas, deletes) => {
      const policy: Policy = { deletes, conflict: 'keep-both' };
      const turned = planDirectory([...replicas].reverse(), policy).decisions;
      const turn = (indices: readonly number[]): number[] =>
        indices.map((i) => replicas.length - 1 - i).sort((a, b) => a - b);
      const plain = planDirectory(replicas, policy).decisions;
      expect(turned.map((decision) => [decision.target, turn(decision.holders), turn(decision.lacking)])).toEqual(
        plain.map((decision) => [decision.target, decision.holders, decision.lacking]),
      );
    }),
  );
});

test('a vector that has grown beyond reason blocks its path', () => {
  const vector = Array.from({ length: 1025 }, (_, i) => [`r${String(i).padStart(7, '0')}`, 1] as never);
  const [decision] = planDirectory([[{ ...file('one', ''), vector }], []], UNION).decisions;
  expect(decision).toMatchObject({ blocked: 'vector', lacking: [] });
});

test('a replica was restored if someone has seen more of its edits than it made', () => {
  const [[me]] = version('M1') as unknown as [[never, number]];
  const mine = new Map([[me, 5]]);
  expect(wasRestored(me, mine, version('M5'))).toBe(false);
  expect(wasRestored(me, mine, version('A9 M6'))).toBe(true);
  expect(wasRestored(me, new Map(), version('A9'))).toBe(false);
  expect(wasRestored(me, new Map(), version('M1'))).toBe(true);
});

function byName(a: Entry, b: Entry): number {
  return a.name < b.name ? -1 : 1;
}
