import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Entry, isLive, LINEAGE_MAX, type Lineage, lineageOf, sameContent } from '../../src/model/entry.js';
import type { Name } from '../../src/model/path.js';
import { compareVectors, covers } from '../../src/model/version-vector.js';
import { CHOICE_ID, chosenVector } from '../../src/plan/choice.js';
import { conflictName } from '../../src/plan/conflict-name.js';
import { enforce } from '../../src/plan/enforce.js';
import { mergeVersions } from '../../src/plan/merge-versions.js';
import type { Policy } from '../../src/plan/policy.js';
import { contentOf, deleted, directory, file, supersedes, version } from './entries.js';

const UNION: Policy = { deletes: false, conflict: 'keep-both' };

const contents = ['one', 'two', 'three', 'four'];
const vectors = fc.array(fc.constantFrom('A1', 'A2', 'B1', 'B2', 'C1', 'C2'), { maxLength: 4 }).map((pairs) => {
  const latest = new Map([...pairs].sort().map((pair) => [pair[0], pair]));
  return [...latest.values()].join(' ');
});
const facts = fc.record({
  mtime: fc.integer({ min: -3, max: 3 }),
  mode: fc.constantFrom(0o600, 0o644),
  lineage: fc.subarray(contents).map((list) => supersedes(...list)),
});
const entries: fc.Arbitrary<Entry> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(...contents), vectors, facts)
      .map(([content, vector, more]) =>
        file(content, vector, { ...more, lineage: more.lineage.filter((known) => known !== supersedes(content)[0]) }),
      ),
  },
  { weight: 1, arbitrary: fc.tuple(vectors, facts).map(([vector, { lineage }]) => deleted(vector, { lineage })) },
  { weight: 1, arbitrary: vectors.map((vector) => directory(vector)) },
);
const policies: fc.Arbitrary<Policy> = fc.record({
  deletes: fc.boolean(),
  conflict: fc.constantFrom('keep-both', 'newest'),
});
/** Also of a conflict copy, of which a tombstone needs no consent: `one` is then the copy, and all else is not. */
const names = fc.constantFrom('name' as Name, conflictName('name' as Name, contentOf('one')));
const several = fc
  .tuple(fc.array(entries, { minLength: 1, maxLength: 5 }), names)
  .map(([versions, name]) => versions.map((one) => ({ ...one, name })));

test('the order of the versions makes no difference', () => {
  fc.assert(
    fc.property(several, fc.integer(), policies, fc.boolean(), (versions, seed, policy, alive) => {
      const shuffled = [...versions]
        .map((entry, i) => [(seed * (i + 7)) % 13, entry] as const)
        .sort(([a], [b]) => a - b);
      const [one, other] = [
        mergeVersions(versions, policy, alive),
        mergeVersions(
          shuffled.map(([, entry]) => entry),
          policy,
          alive,
        ),
      ];
      expect(other).toEqual(one);
      expect(mergeVersions([...versions, ...versions], policy, alive)).toEqual(one);
    }),
    { numRuns: 500 },
  );
});

test('the result has seen every version, and merges with each of them to itself', () => {
  fc.assert(
    fc.property(several, policies, (versions, policy) => {
      const { result } = mergeVersions(versions, policy);
      for (const one of versions) {
        expect(covers(result.vector, one.vector)).toBe(true);
        const again = mergeVersions([one, result], policy).result;
        expect({ ...again, lineage: [] }).toEqual({ ...result, lineage: [] });
      }
    }),
    { numRuns: 500 },
  );
});

test('every live content is the result, a copy, discarded, or in the lineage of the result', () => {
  fc.assert(
    fc.property(several, policies, (versions, policy) => {
      const { result, copies, discarded, conflict } = mergeVersions(versions, policy);
      for (const one of versions) {
        if (!isLive(one) || one.kind === 'directory' || sameContent(one, result)) continue;
        const kept = [...copies, ...discarded].some((entry) => entry.digest === one.digest);
        expect(kept).toBe(!result.lineage.includes(lineageOf(one.digest)));
      }
      expect(conflict).toBe(copies.length + discarded.length > 0);
      expect(new Set(copies.map(({ name }) => name)).size).toBe(copies.length);
    }),
    { numRuns: 500 },
  );
});

test('each replica does with the result what the merge foresaw', () => {
  fc.assert(
    fc.property(several, policies, (versions, policy) => {
      const { result, copies, discarded } = mergeVersions(versions, policy);
      for (const mine of versions) {
        const verdict = enforce(mine, result, policy);
        expect(verdict.action).not.toBe('refuse');
        if (verdict.action !== 'install' || sameContent(mine, result) || !isLive(mine) || mine.kind === 'directory')
          continue;
        expect(verdict.copies.length > 0).toBe(copies.some((copy) => sameContent(copy, mine)));
        if (isLive(result)) expect(verdict.discards).toBe(discarded.some((loser) => sameContent(loser, mine)));
        expect({ ...verdict.target, lineage: [] }).toEqual({ ...result, lineage: [] });
      }
    }),
    { numRuns: 500 },
  );
});

describe('the version of the result', () => {
  test('is the join alone where contents are equal or one has seen all', () => {
    expect(mergeVersions([file('one', 'A1'), file('one', 'B1')], UNION).result.vector).toEqual(version('A1 B1'));
    const newer = file('two', 'A1 B1', { lineage: supersedes('one') });
    expect(mergeVersions([file('one', 'A1'), newer], UNION).result.vector).toBe(newer.vector);
  });

  test('is an event of its own where somebody had to choose', () => {
    const { result } = mergeVersions([file('one', 'A1'), file('two', 'B1', { mtime: 11 })], UNION);
    expect(result.vector.map(([id]) => id)).toEqual([...version('A1 B1').map(([id]) => id), CHOICE_ID]);
  });

  test('differs for different winners and for different joins', () => {
    const winners = [file('one', ''), file('two', ''), directory('')];
    const joins = [version('A1'), version('A2'), version('A1 B1')];
    const made = joins.flatMap((join) => winners.map((winner) => JSON.stringify(chosenVector(join, winner))));
    expect(new Set(made).size).toBe(9);
  });

  test('comes after a tombstone that was overruled, and after an equal version of other content', () => {
    const tombstone = deleted('A2', { lineage: supersedes('one') });
    const { result, restored } = mergeVersions([file('one', 'A1'), tombstone], UNION);
    expect(restored).toBe(true);
    expect(compareVectors(result.vector, tombstone.vector)).toBe('after');
    const twins = mergeVersions([file('one', 'A1'), file('two', 'A1')], UNION);
    expect(compareVectors(twins.result.vector, version('A1'))).toBe('after');
    expect(twins.copies).toHaveLength(1);
  });

  test('survives a member that pushed the counter of choices to its end', () => {
    const join = [[CHOICE_ID, Number.MAX_SAFE_INTEGER] as const];
    const chosen = chosenVector(join, file('one', ''));
    expect(compareVectors(chosen, join)).toBe('after');
    expect(chosen.every(([, counter]) => Number.isSafeInteger(counter))).toBe(true);
  });
});

describe('the lineage of the result', () => {
  test('has what a loser superseded, and never a loser', () => {
    const { result } = mergeVersions(
      [file('one', 'A1'), file('two', 'A2', { lineage: supersedes('one') }), file('three', 'B1', { mtime: 99 })],
      UNION,
    );
    expect(result.lineage).toEqual(supersedes('one'));
  });

  test('has a loser out of it even if another version superseded that content', () => {
    const { result, copies } = mergeVersions(
      [file('two', 'A2', { lineage: supersedes('one'), mtime: 99 }), file('one', 'B1')],
      UNION,
    );
    expect(copies.map(({ digest }) => digest)).toEqual([file('one', '').digest]);
    expect(result.lineage).toEqual([]);
  });

  test('is capped, but not at the expense of what is there', () => {
    const many = Array.from({ length: LINEAGE_MAX - 1 }, (_, i) => `${i}`.padStart(16, '0') as Lineage);
    const winner = file('three', 'B1', { mtime: 99, lineage: many });
    const loser = file('two', 'A2', {
      lineage: [...many.map((digest) => `x${digest.slice(1)}` as Lineage), ...supersedes('one')],
    });
    const { result, copies } = mergeVersions([winner, loser, file('one', 'A1')], UNION);
    expect(result.lineage).toHaveLength(LINEAGE_MAX);
    expect(result.lineage).toContain(supersedes('one')[0]);
    expect(copies).toHaveLength(1);
  });

  test('cut off means kept: what no longer fits becomes a copy', () => {
    const olds = Array.from({ length: LINEAGE_MAX + 3 }, (_, i) => file(`old ${i}`, `A${i + 1}`));
    const lineage = olds.map(({ digest }) => lineageOf(digest));
    const chain = olds.map((old, i) => ({ ...old, lineage: lineage.slice(0, i).slice(-LINEAGE_MAX) }));
    const { result, copies } = mergeVersions(chain, UNION);
    expect(result.lineage).toHaveLength(LINEAGE_MAX);
    expect(copies).toHaveLength(olds.length - 1 - LINEAGE_MAX);
  });
});

test('a plain run lets the tombstone of a conflict copy take no other content, not even by way of the copy', () => {
  const name = conflictName('name' as Name, contentOf('one'));
  const other = file('other', 'A1', { name });
  const copy = file('one', 'A1 B1', { name, lineage: supersedes('other') });
  const tombstone = deleted('A1 B2', { name, lineage: supersedes('one', 'other') });
  expect(mergeVersions([copy, tombstone], UNION).result.kind).toBe('deleted');
  const { result, restored } = mergeVersions([other, copy, tombstone], UNION);
  expect([result.kind, result.digest, restored]).toEqual(['file', copy.digest, true]);
  for (const mine of [other, copy, tombstone]) expect(enforce(mine, result, UNION).action).not.toBe('refuse');
  expect(mergeVersions([other, copy, tombstone], { ...UNION, deletes: true }).result.kind).toBe('deleted');
});

test('a plain run keeps what a tombstone has seen, also where another version takes the name', () => {
  const old = file('one', 'A1');
  const tombstone = deleted('A1 B1', { lineage: supersedes('one') });
  const other = file('two', 'C1', { mtime: 99 });
  expect(mergeVersions([old, tombstone, other], UNION).copies.map(({ digest }) => digest)).toEqual([old.digest]);
  expect(mergeVersions([old, tombstone, other], { ...UNION, deletes: true }).copies).toEqual([]);
});
