/**
 * The invariants of docs/DESIGN.md §4 that need no disk, over random histories. P2PSYNC_HISTORIES sets how many,
 * P2PSYNC_SEED repeats a run; a failure prints its seed and the smallest history that fails.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Digest } from '../../src/model/digest.js';
import { isLive } from '../../src/model/entry.js';
import { joinPath, type RelPath } from '../../src/model/path.js';
import { vectorKey } from '../../src/tree/vector-table.js';
import { type History, histories, isCopyName, type RunStep, Users } from './history.js';
import { digestOfNode, Replica } from './replica.js';
import { DEFAULTS, type Outcome, run } from './world.js';

const HISTORIES = Number(process.env.P2PSYNC_HISTORIES ?? 2000);
const SEED = process.env.P2PSYNC_SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.P2PSYNC_SEED);
const LABELS = ['A', 'B', 'C', 'D', 'E', 'F'];

test(`invariants 1, 2, 3, 4, 5, 6, 7, 11 and 12 hold over ${HISTORIES} histories (seed ${SEED})`, {
  timeout: 3_600_000,
}, () => {
  fc.assert(fc.property(histories, checkHistory), { numRuns: HISTORIES, seed: SEED });
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
        expectEqual(replicas);
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

test(`invariant 10: a replica that lost its state makes no tombstone, whatever else it lost (seed ${SEED})`, () => {
  fc.assert(
    fc.property(histories, fc.array(fc.constantFrom('a', 'b', 'a.txt', 'd')), (history, gone) => {
      const replicas = LABELS.slice(0, history.replicas).map((label) => new Replica(label));
      const users = new Users(replicas, history.skews);
      for (const step of history.steps) if (step.op !== 'run') users.act(replicaAt(replicas, step.at), step);
      run(replicas);
      const [victim] = replicas as [Replica];
      const before = picture(victim);
      victim.loseState();
      for (const path of gone) users.remove(victim, path as RelPath);
      const { problems } = run(replicas, { policy: { deletes: true, conflict: 'keep-both' } });
      expect(problems).toEqual([]);
      expect(victim.tombstones()).toEqual((replicas[1] as Replica).tombstones());
      for (const replica of replicas) expect(picture(replica)).toEqual(before);
    }),
    { numRuns: 200, seed: SEED },
  );
});

/** Replicas with or without a common past, each with its own edit of one file. */
function diverged(edits: readonly (string | undefined)[], past: boolean, skews: readonly number[]): Replica[] {
  const replicas = edits.map((_, i) => new Replica(LABELS[i] as string));
  const users = new Users(replicas, skews);
  const path = 'a.txt' as RelPath;
  if (past) users.act(replicas[0] as Replica, { op: 'write', at: 0, path, content: 'old' });
  else for (const replica of replicas) users.act(replica, { op: 'write', at: 0, path, content: 'old' });
  if (past) run(replicas);
  for (const [i, content] of edits.entries()) {
    if (content !== undefined) users.act(replicas[i] as Replica, { op: 'write', at: i, path, content });
  }
  return replicas;
}

function checkHistory(history: History): void {
  const replicas = LABELS.slice(0, history.replicas).map((label) => new Replica(label));
  const users = new Users(replicas, history.skews);
  const names = new Map<string, string>();
  for (const step of history.steps) {
    if (step.op === 'run') checkRun(replicas, users, step, names);
    else users.act(replicaAt(replicas, step.at), step);
  }
  checkEnd(replicas, users, names);
}

function checkRun(replicas: readonly Replica[], users: Users, step: RunStep, names: Map<string, string>): Outcome {
  const among = [...new Set(step.among.map((i) => i % replicas.length))].map((i) => replicaAt(replicas, i));
  if (among.length < 2) return run(replicas);
  const before = new Map(among.map((replica) => [replica, new Map(replica.disk)]));
  const removed = new Set<string>();
  let random = step.faults;
  let installations = 0;
  const outcome = run(
    among,
    {
      policy: step.policy,
      consents: (replica) => ((step.dissent >> replicas.indexOf(replica)) & 1) === 0,
      installs: () => {
        random = (random * 48271) % 2147483647;
        return step.faults === 0 || random % 4 > 0;
      },
      meanwhile: (installing, path) => {
        for (const { nth, step: act, here } of step.meanwhile) {
          if (nth !== installations) continue;
          const replica = here ? installing : replicaAt(among, act.at);
          const paths = [...replica.disk.keys()];
          users.act(replica, here ? { op: 'write', at: 0, path, content: 'new' } : act);
          for (const old of paths) if (!replica.disk.has(old)) removed.add(`${replica.label} ${old}`);
          before.set(replica, new Map([...(before.get(replica) ?? []), ...replica.disk]));
        }
        installations++;
      },
    },
    {
      scanned: () => {
        for (const replica of among) for (const path of replica.tombstones()) users.truth.claimed.add(path);
      },
      replaced: ({ replica, path, old, by }) => {
        const { truth } = users;
        const superseded = truth.wasReplaced(path, old) || truth.wasDeleted(path, old) || truth.cleared.has(old);
        check(superseded, `(3) ${replica.label} ${path}: content replaced by ${by.kind} that never saw it`);
      },
    },
  );
  forgetRemoved(before, removed);
  checkSurvival(replicas, before, users);
  if (!step.policy.deletes) checkNothingRemoved(before);
  checkNames(replicas, users, names);
  const undisturbed = step.faults === 0 && step.meanwhile.length === 0 && step.dissent === 0;
  if (undisturbed && step.policy.conflict !== 'fail') {
    expect(outcome.problems, '(4) problems of a run without faults').toEqual([]);
    expectEqual(among);
  }
  return outcome;
}

/** (1) and (7): what was live on a replica is live there, in its trash, or truly superseded. */
function checkSurvival(
  replicas: readonly Replica[],
  before: ReadonlyMap<Replica, Replica['disk']>,
  { truth }: Users,
): void {
  const everywhere = new Set<Digest>(replicas.flatMap((replica) => [...replica.live(), ...replica.trash]));
  for (const [replica, disk] of before) {
    const here = new Set([...replica.live(), ...replica.trash]);
    for (const [path, node] of disk) {
      if (node.kind === 'directory' || here.has(digestOfNode(node))) continue;
      const settled = truth.isSettled(path, digestOfNode(node), (next) => everywhere.has(next));
      check(settled, `(1) ${replica.label} ${path}: ${text(node)} is lost`);
    }
  }
}

/** (2): but for conflict copies, every path that was there still is. */
function checkNothingRemoved(before: ReadonlyMap<Replica, Replica['disk']>): void {
  for (const [replica, disk] of before) {
    for (const path of disk.keys()) {
      if (!isCopyName(path)) check(replica.disk.has(path), `(2) ${replica.label} ${path} was removed without --delete`);
    }
  }
}

/** What users removed themselves while the run went on was not there to survive. */
function forgetRemoved(before: ReadonlyMap<Replica, Replica['disk']>, removed: ReadonlySet<string>): void {
  for (const [replica, disk] of before) {
    for (const path of disk.keys()) if (removed.has(`${replica.label} ${path}`)) disk.delete(path);
  }
}

/** (11) and (12). */
function checkNames(replicas: readonly Replica[], { truth }: Users, names: Map<string, string>): void {
  for (const replica of replicas) {
    for (const [parent, directory] of replica.records) {
      for (const entry of directory) {
        const path = joinPath(parent, entry.name);
        check(!/\.conflict-.*\.conflict-/.test(path), `(12) ${path} nests`);
        if (!isLive(entry) || truth.restored) continue;
        const version = `${path} ${vectorKey(entry.vector)}`;
        const content = `${entry.kind} ${entry.digest}`;
        check(
          (names.get(version) ?? content) === content,
          `(11) ${path} ${JSON.stringify(entry.vector)} names two contents`,
        );
        names.set(version, content);
      }
    }
  }
}

/** (4), (5), (6): one run of all makes all equal, a second one does nothing, and who starts makes no difference. */
function checkEnd(replicas: readonly Replica[], users: Users, names: Map<string, string>): void {
  const turned = [...replicas.map((replica) => replica.snapshot())].reverse();
  const pairs = replicas.map((replica) => replica.snapshot());
  checkRun(replicas, users, fullRun(replicas), names);
  const again = run(replicas);
  expect(again, '(5) a second run').toEqual({ writes: 0, transfers: 0, conflicts: 0, problems: [], planned: 0 });
  run(turned);
  expect(picture(turned[0] as Replica), '(6) another initiator').toEqual(picture(replicas[0] as Replica));
  for (let i = 0; i + 1 < pairs.length; i++) run(pairs.slice(i, i + 2));
  run(pairs);
  expectEqual(pairs);
  const kept = (pairs[0] as Replica).live();
  const trashed = new Set(pairs.flatMap(({ trash }) => trash));
  for (const digest of (replicas[0] as Replica).live()) {
    // A user may have replaced it in one place; in which places else it still was depends on who met whom before.
    const survives = kept.has(digest) || trashed.has(digest) || users.truth.wasReplacedAnywhere(digest);
    check(survives, '(6) overlapping subsets lose what one run keeps');
  }
}

function expectEqual(replicas: readonly Replica[]): void {
  const [first, ...rest] = replicas as [Replica, ...Replica[]];
  const full = first.settle().full;
  const expected = picture(first);
  for (const other of rest) {
    expect(picture(other), `(4) ${other.label} and ${first.label}`).toEqual(expected);
    check(other.settle().full === full, `(4) full digests of ${other.label} and ${first.label} differ`);
  }
}

function picture(replica: Replica): Record<string, string> {
  const lines = [...replica.disk].map(([path, node]) => [path, text(node)] as const);
  return Object.fromEntries(lines.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function text(node: NonNullable<ReturnType<Replica['disk']['get']>>): string {
  return node.kind === 'directory'
    ? `directory ${node.mode}`
    : `${node.kind} ${node.content} ${node.mtime} ${node.mode}`;
}

function fullRun(replicas: readonly Replica[]): RunStep {
  return { op: 'run', among: replicas.map((_, i) => i), policy: DEFAULTS, dissent: 0, faults: 0, meanwhile: [] };
}

/** Much quicker than expect, which counts with so many of them. */
function check(holds: boolean, message: string): void {
  if (!holds) throw new Error(message);
}

function replicaAt(replicas: readonly Replica[], i: number): Replica {
  return replicas[i % replicas.length] as Replica;
}
