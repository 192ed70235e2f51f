/** Plays a history on replicas in memory and checks the invariants of docs/DESIGN.md §4 that need no disk. */
import assert from 'node:assert';
import type { Digest } from '../../src/model/digest.js';
import { isLive } from '../../src/model/entry.js';
import type { RelPath } from '../../src/model/path.js';
import { vectorKey } from '../../src/tree/vector-table.js';
import type { History, RunStep } from './history.js';
import { digestOfNode, type Node } from './node.js';
import { Random } from './random.js';
import { Replica } from './replica.js';
import { Summarizer } from './summarizer.js';
import { checkNothingRemoved, checkSurvival } from './survival.js';
import { Users } from './users.js';
import { DEFAULTS, NOTHING, type Outcome, type RunOptions, run, startRun, type Watcher } from './world.js';

export const LABELS = ['A', 'B', 'C', 'D', 'E', 'F'];

/** Throws at the first invariant that does not hold, with its number. */
export function checkHistory(history: History): void {
  new Play(history).check();
}

/** The replicas after the steps, without the checks at the end; for tests that go on from there. */
export function played(history: History): { readonly replicas: readonly Replica[]; readonly users: Users } {
  return new Play(history).played();
}

class Play {
  readonly #history: History;
  readonly #replicas: readonly Replica[];
  readonly #users: Users;
  /** Content by path and version, for invariant 11. */
  readonly #names = new Map<string, string>();
  readonly #checked = new WeakSet<object>();
  /** What users do as soon as the run is over. */
  readonly #afterwards: (() => void)[] = [];

  constructor(history: History) {
    this.#history = history;
    const summarizer = new Summarizer(history.packed);
    this.#replicas = LABELS.slice(0, history.replicas).map((label) => new Replica(label, summarizer));
    this.#users = new Users(this.#replicas, history.skews);
  }

  check(): void {
    this.played();
    for (const replica of this.#replicas) replica.ignored.clear();
    this.#checkEnd();
  }

  played() {
    for (const step of this.#history.steps) {
      if (step.op === 'run') this.#checkRun(step);
      else this.#users.act(this.#at(step.at), step);
    }
    return { replicas: this.#replicas, users: this.#users };
  }

  #checkRun(step: RunStep): Outcome {
    const among = step.among.map((i) => this.#at(i));
    const taking = new Set(among);
    for (const i of step.beside?.among ?? []) taking.add(this.#at(i));
    const before = new Map([...taking].map((replica) => [replica, new Map(replica.disk)]));
    const outcome = this.#play(step, among, before);
    checkSurvival(this.#replicas, before, this.#users.truth);
    if (!step.policy.deletes && step.beside?.policy.deletes !== true) checkNothingRemoved(before);
    this.#checkNames();
    const hides = among.some((replica) => replica.ignored.size > 0);
    const calm = step.faults === 0 && step.meanwhile.length === 0 && step.dissent === 0 && step.beside === undefined;
    if (calm && !hides && step.policy.conflict !== 'fail') {
      check(outcome.problems.length === 0, `(4) problems of a run without faults: ${outcome.problems.join(', ')}`);
      this.#expectEqual(among);
    }
    for (const act of this.#afterwards.splice(0)) act();
    return outcome;
  }

  #play(step: RunStep, among: readonly Replica[], before: Map<Replica, Map<RelPath, Node>>): Outcome {
    const meanwhile = this.#meanwhile(step, among, before);
    const options = this.#options(step, meanwhile);
    const started = startRun(among, options, this.#watcher(among));
    if (step.beside === undefined) {
      for (const installation of started.steps) installation();
      started.finish();
      return started.outcome;
    }
    const others = step.beside.among.map((i) => this.#at(i));
    const besides = startRun(others, this.#options({ ...step, ...step.beside }, meanwhile), this.#watcher(others));
    interleave(started.steps, besides.steps, new Random(step.beside.order));
    started.finish();
    besides.finish();
    return started.outcome;
  }

  #options({ policy, dissent, faults }: RunStep, meanwhile: RunOptions['meanwhile']): RunOptions {
    const random = new Random(faults);
    return {
      policy,
      consents: (replica) => ((dissent >> this.#replicas.indexOf(replica)) & 1) === 0,
      installs: () => faults === 0 || !random.oneIn(4),
      ...(meanwhile === undefined ? {} : { meanwhile }),
    };
  }

  #meanwhile(
    step: RunStep,
    among: readonly Replica[],
    before: Map<Replica, Map<RelPath, Node>>,
  ): RunOptions['meanwhile'] {
    if (step.meanwhile.length === 0) return undefined;
    let installations = 0;
    return (installing, path) => {
      for (const { nth, step: act, here } of step.meanwhile) {
        if (nth !== installations) continue;
        const replica = here ? installing : (among[act.at % among.length] as Replica);
        if (!here && (act.op === 'lose-state' || act.op === 'restore')) {
          this.#afterwards.push(() => this.#users.act(replica, act)); // a run has the state open to its end
          continue;
        }
        const there = new Map(replica.disk);
        this.#users.act(replica, here ? { op: 'write', at: 0, path, content: 'new' } : act);
        const expected = before.get(replica) as Map<RelPath, Node>;
        // What users removed themselves while the run went on was not there to survive; what they wrote must.
        for (const old of there.keys()) if (!replica.disk.has(old)) expected.delete(old);
        for (const [written, node] of replica.disk) if (there.get(written) !== node) expected.set(written, node);
      }
      installations++;
    };
  }

  #watcher(among: readonly Replica[]): Watcher {
    const { truth } = this.#users;
    return {
      scanned: () => {
        for (const replica of among) for (const path of replica.tombstones()) truth.claimed.add(path);
      },
      replaced: ({ replica, path, old, by }) => {
        const superseded = truth.wasReplaced(path, old) || truth.wasDeleted(path, old) || truth.cleared.has(old);
        check(superseded, `(3) ${replica.label} ${path}: content replaced by ${by.kind} that never saw it`);
      },
    };
  }

  /** (11) and (12). */
  #checkNames(): void {
    for (const replica of this.#replicas) {
      for (const [parent, directory] of replica.records) {
        if (this.#checked.has(directory)) continue;
        this.#checked.add(directory);
        for (const entry of directory) {
          const path = parent === '' ? entry.name : `${parent}/${entry.name}`;
          check(!/\.conflict-.*\.conflict-/.test(path), `(12) ${path} nests`);
          if (!isLive(entry) || this.#users.truth.restored) continue;
          const version = `${path} ${vectorKey(entry.vector)}`;
          const content = `${entry.kind} ${entry.digest}`;
          const known = this.#names.get(version);
          check(known === undefined || known === content, `(11) ${version} names two contents`);
          this.#names.set(version, content);
        }
      }
    }
  }

  /** (4), (5), (6): one run of all makes all equal, a second one does nothing, and who starts makes no difference. */
  #checkEnd(): void {
    const replicas = this.#replicas;
    const { end } = this.#history;
    const others = end === 'plain' ? [] : replicas.map((replica) => replica.snapshot());
    this.#checkRun(fullRun(replicas));
    assert.deepEqual(run(replicas), NOTHING, '(5) a second run');
    this.#expectEqual(replicas, true);
    if (end === 'turned') {
      run(others.reverse());
      assert.deepEqual(picture(others[0] as Replica), picture(replicas[0] as Replica), '(6) another initiator');
    }
    if (end === 'pairs') this.#checkPairs(others);
  }

  #checkPairs(pairs: readonly Replica[]): void {
    for (let i = 0; i + 1 < pairs.length; i++) run(pairs.slice(i, i + 2));
    run(pairs);
    this.#expectEqual(pairs);
    const kept = (pairs[0] as Replica).live();
    const trashed = new Set(pairs.flatMap(({ trash }) => trash));
    const { truth } = this.#users;
    for (const digest of (this.#replicas[0] as Replica).live()) {
      // A user may have replaced or deleted it in one place; in which places else it still was depends on who met whom before.
      const settled = truth.wasReplacedAnywhere(digest) || truth.wasDeletedAnywhere(digest);
      const survives = kept.has(digest) || trashed.has(digest) || settled;
      check(survives, '(6) overlapping subsets lose what one run keeps');
    }
  }

  #expectEqual(replicas: readonly Replica[], histories = false): void {
    const [first, ...rest] = replicas as [Replica, ...Replica[]];
    const { full, view } = first.settle();
    for (const other of rest) {
      const tree = other.settle();
      if (tree.view !== view) assert.deepEqual(picture(other), picture(first), `(4) ${other.label} and ${first.label}`);
      check(tree.view === view, `(4) the trees of ${other.label} and ${first.label} differ`);
      checkSameDisk(first, other);
      // Whoever has forgotten a tombstone is not taught it again.
      if (histories && !this.#users.truth.forgot)
        check(tree.full === full, `(4) the histories of ${other.label} and ${first.label} differ`);
    }
  }

  #at(i: number): Replica {
    return this.#replicas[i] as Replica;
  }
}

/** The steps of both in their own order, but one with another's in between. */
function interleave(one: readonly (() => void)[], other: readonly (() => void)[], random: Random): void {
  let [i, j] = [0, 0];
  while (i < one.length || j < other.length) {
    const takesOne = j === other.length || (i < one.length && random.oneIn(2));
    if (takesOne) one[i++]?.();
    else other[j++]?.();
  }
}

function checkSameDisk(one: Replica, other: Replica): void {
  let same = one.disk.size === other.disk.size;
  for (const [path, node] of one.disk) same &&= isSame(node, other.disk.get(path));
  if (!same) assert.deepEqual(picture(other), picture(one), `(4) ${other.label} and ${one.label}`);
}

function isSame(one: Node, other: Node | undefined): boolean {
  if (one === other) return true;
  if (other === undefined || one.kind !== other.kind || one.mode !== other.mode) return false;
  return (
    one.kind === 'directory' || (other.kind !== 'directory' && digestsAgree(one, other) && one.mtime === other.mtime)
  );
}

function digestsAgree(one: Exclude<Node, { kind: 'directory' }>, other: Exclude<Node, { kind: 'directory' }>): boolean {
  const digest: Digest = digestOfNode(one);
  return digest === digestOfNode(other);
}

export function picture(replica: Replica): Record<string, string> {
  const lines = [...replica.disk].map(([path, node]) => [path, text(node)] as const);
  return Object.fromEntries(lines.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function text(node: Node): string {
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
