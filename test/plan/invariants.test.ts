/**
 * The invariants of docs/DESIGN.md §4 that need no disk, over random histories. P2PSYNC_HISTORIES sets how many,
 * P2PSYNC_SEED from which one on; a failure prints its seed and the smallest history that fails. `make soak` does the
 * same for a hundred times as many.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RelPath } from '../../src/model/path.js';
import { checkBundled } from './check-bundled.js';
import { checkHistory, LABELS, picture, played } from './check-history.js';
import { type History, type RunStep, randomHistory } from './history.js';
import { Replica } from './replica.js';
import { checkAll, SEED } from './seeds.js';
import { isCopyName, Users } from './users.js';
import { DEFAULTS, run, startRun } from './world.js';

const HISTORIES = Number(process.env.P2PSYNC_HISTORIES ?? 20_000);

test(`invariants 1 to 7 and 10 to 13 hold over ${HISTORIES} histories (seed ${SEED})`, {
  timeout: 3_600_000,
}, async () => {
  const checked = await checkBundled(SEED, HISTORIES, 1, () => {});
  expect(checked.failures.join('\n')).toBe('');
  expect(checked.histories).toBe(HISTORIES);
});

test(`invariant 7: an edit between any two steps of a run survives (seed ${SEED})`, async () => {
  let places = 0;
  for (let seed = SEED; seed < SEED + 60; seed++) {
    const history = calm(randomHistory(seed));
    const steps = stepsOfRun(history);
    for (let nth = 0; nth <= steps; nth++) {
      places++;
      await checkAll(1, () => withEdit(history, nth), checkHistory, seed);
    }
  }
  expect(places).toBeGreaterThan(120); // two a history on average; by far more as a rule
});

const divergence = fc.record({
  /** Contents on each replica after a common past; `undefined`: as it was. */
  edits: fc.array(fc.option(fc.constantFrom('p', 'q', 'r', 's'), { nil: undefined }), { minLength: 2, maxLength: 6 }),
  past: fc.boolean(),
  skews: fc.tuple(...LABELS.map(() => fc.integer({ min: -1000, max: 1000 }))),
  order: fc.integer({ min: 1, max: 5 }),
});

test(`invariants 6, 12 and 13: clocks change who wins, never what survives, and there is one copy for each loser (seed ${SEED})`, () => {
  fc.assert(
    fc.property(divergence, ({ edits, past, skews, order }) => {
      const [right, skewed] = [diverged(edits, past, []), diverged(edits, past, skews)];
      const turned = [...skewed.slice(order % skewed.length), ...skewed.slice(0, order % skewed.length)].map(
        (replica) => replica.snapshot(),
      );
      for (const replicas of [right, skewed, turned]) {
        run(replicas);
        for (const other of replicas) expect(picture(other)).toEqual(picture(replicas[0] as Replica));
      }
      expect([...(skewed[0] as Replica).live()].sort()).toEqual([...(right[0] as Replica).live()].sort());
      expect(picture(turned[0] as Replica)).toEqual(picture(skewed[0] as Replica));
      const distinct = new Set(edits.filter((edit) => edit !== undefined));
      const contents = !past || distinct.size === 0 ? new Set(edits.map((edit) => edit ?? 'old')) : distinct;
      expect([...(right[0] as Replica).disk.keys()].filter(isCopyName)).toHaveLength(contents.size - 1);
    }),
    { numRuns: 300, seed: SEED },
  );
});

test(`invariant 10: neither lost state nor an ignore rule makes a tombstone, whatever else is lost (seed ${SEED})`, () => {
  for (let seed = SEED; seed < SEED + 300; seed++) {
    const { replicas, users } = played(randomHistory(seed));
    for (const replica of replicas) replica.ignored.clear();
    run(replicas);
    const [victim, ...others] = replicas as [Replica, ...Replica[]];
    const before = picture(victim);
    const claims = new Set(others.flatMap((other) => other.tombstones()));
    if (seed % 2 === 0) victim.loseState();
    else for (const path of victim.disk.keys()) if (!path.includes('/')) victim.ignored.add(path);
    for (const path of ['a', 'b', 'a.txt', 'd'] as RelPath[]) if (!isCopyName(path)) users.remove(victim, path);
    run(replicas, { policy: { deletes: true, conflict: 'keep-both' } });
    for (const path of victim.tombstones()) expect(claims, `seed ${seed}: ${path}`).toContain(path);
    for (const other of others) expect(picture(other), `seed ${seed}`).toEqual(before);
  }
});

/** The history without disturbances of its own, ending with a run of all. */
function calm(history: History): History {
  const steps = history.steps.map((step) => {
    if (step.op !== 'run') return step;
    const { beside: _, ...alone } = step;
    return { ...alone, meanwhile: [], faults: 0 };
  });
  return { ...history, steps: [...steps, lastRun(history)] };
}

function lastRun({ replicas, steps }: History): RunStep {
  const policy = { deletes: steps.length % 2 === 0, conflict: 'keep-both' } as const;
  const among = Array.from({ length: replicas }, (_, i) => i);
  return { op: 'run', among, policy, dissent: 0, faults: 0, meanwhile: [] };
}

/** How many installations the last run of the history has. */
function stepsOfRun(history: History): number {
  const last = history.steps.at(-1) as RunStep;
  const { replicas } = played({ ...history, steps: history.steps.slice(0, -1) });
  return startRun(replicas, { policy: last.policy }).steps.length;
}

/** A user edits the very path that is about to be installed, and another one somewhere else. */
function withEdit(history: History, nth: number): History {
  const last = history.steps.at(-1) as RunStep;
  const step = { op: 'write', at: 0, path: 'd/e/x' as RelPath, content: 'new' } as const;
  const meanwhile = [
    { nth, here: true, step },
    { nth, here: false, step: { ...step, at: nth } },
  ];
  return { ...history, steps: [...history.steps.slice(0, -1), { ...last, meanwhile }] };
}

/** Replicas with or without a common past, each with its own edit of one file. */
function diverged(edits: readonly (string | undefined)[], past: boolean, skews: readonly number[]): Replica[] {
  const replicas = edits.map((_, i) => new Replica(LABELS[i] as string));
  const users = new Users(replicas, skews);
  const path = 'a.txt' as RelPath;
  if (past) users.act(replicas[0] as Replica, { op: 'write', at: 0, path, content: 'old' });
  else for (const replica of replicas) users.act(replica, { op: 'write', at: 0, path, content: 'old' });
  if (past) run(replicas, { policy: DEFAULTS });
  for (const [i, content] of edits.entries()) {
    if (content !== undefined) users.act(replicas[i] as Replica, { op: 'write', at: i, path, content });
  }
  return replicas;
}
