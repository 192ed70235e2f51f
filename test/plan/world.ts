/**
 * Runs among replicas in memory, with the real planner and enforcer. Everything that transfer and apply do with
 * files is reduced to maps.
 */
import type { Digest } from '../../src/model/digest.js';
import { type Directory, type Entry, isLive, type LocalEntry, sameContent } from '../../src/model/entry.js';
import { joinPath, type Name, nameOf, parentOf, type RelPath, ROOT } from '../../src/model/path.js';
import { placeCopy } from '../../src/plan/conflict-copy.js';
import { enforce, type Permission } from '../../src/plan/enforce.js';
import { inWaves } from '../../src/plan/install-order.js';
import { type Decision, planDirectory } from '../../src/plan/plan-directory.js';
import type { Policy } from '../../src/plan/policy.js';
import { wasRestored } from '../../src/plan/restored.js';
import { findEntry } from '../../src/tree/edit-directory.js';
import { digestOfNode, type Node } from './node.js';
import type { Replica } from './replica.js';

export const DEFAULTS: Policy = { deletes: false, conflict: 'keep-both' };

export interface RunOptions {
  readonly policy?: Policy;
  /** Whether replica i consents to deletes; all do unless told otherwise. */
  readonly consents?: (replica: Replica) => boolean;
  /** False: this installation does not happen (a crash, an error); the run goes on. */
  readonly installs?: (replica: Replica, path: RelPath) => boolean;
  /** Called before each installation: edits of users while the run goes on. */
  readonly meanwhile?: (replica: Replica, path: RelPath) => void;
}

export interface Outcome {
  /** Changes on any disk. */
  writes: number;
  /** Changes of any state. */
  records: number;
  /** Contents that some replica got from another one. */
  transfers: number;
  conflicts: number;
  /** `replica path reason` of everything that was refused or blocked. */
  problems: string[];
}

export const NOTHING: Outcome = { writes: 0, records: 0, transfers: 0, conflicts: 0, problems: [] };

/** Everything that must have been superseded when it went: `replaced` by what. */
export interface Replacement {
  readonly replica: Replica;
  readonly path: RelPath;
  readonly old: Digest;
  readonly by: Entry;
}

export interface Watcher {
  /** All have scanned, nothing is installed yet. */
  scanned?(): void;
  replaced?(replacement: Replacement): void;
}

/** Runs among these replicas; the first one is the initiator. */
export function run(replicas: readonly Replica[], options: RunOptions = {}, watcher: Watcher = {}): Outcome {
  const started = startRun(replicas, options, watcher);
  for (const step of started.steps) step();
  started.finish();
  return started.outcome;
}

/** A run that has scanned and planned. */
export interface StartedRun {
  readonly outcome: Outcome;
  /** Its installations, one after the other; another run's may come in between. */
  readonly steps: readonly (() => void)[];
  finish(): void;
}

export function startRun(replicas: readonly Replica[], options: RunOptions = {}, watcher: Watcher = {}): StartedRun {
  const policy = options.policy ?? DEFAULTS;
  const outcome: Outcome = { ...NOTHING, problems: [] };
  for (const replica of replicas) renewIfRestored(replica, replicas);
  for (const replica of replicas) replica.scan(policy.deletes && consent(replica, options));
  watcher.scanned?.();
  const [initiator] = replicas as readonly [Replica, ...Replica[]];
  const roots = replicas.map((replica) => replica.settle().full);
  const differs = roots.some((full) => full !== roots[0]);
  const planned = differs ? planTree(replicas, policy, ROOT, outcome) : [];
  const visible = planned.filter(({ parent, decision }) => !initiator.hides(joinPath(parent, decision.target.name)));
  const steps: (() => void)[] = [];
  for (const [i, replica] of replicas.entries()) {
    const mine = visible.filter(({ decision }) => decision.lacking.includes(i));
    if (mine.length > 0)
      steps.push(...new Installation(replica, replicas, policy, options, outcome, watcher).steps(mine));
  }
  const finish = () => {
    for (const replica of replicas) replica.settle();
  };
  return { outcome, steps, finish };
}

function renewIfRestored(replica: Replica, replicas: readonly Replica[]): void {
  const restored = replicas.some((other) => {
    const known = other.seen().get(replica.id);
    return other !== replica && known !== undefined && wasRestored(replica.id, replica.seen(), [[replica.id, known]]);
  });
  if (restored) replica.renew();
}

function consent(replica: Replica, options: RunOptions): boolean {
  return options.consents?.(replica) ?? true;
}

interface Planned {
  readonly parent: RelPath;
  readonly decision: Decision;
}

/** Plans a directory and what lies below it, parents first. */
function planTree(
  replicas: readonly Replica[],
  policy: Policy,
  path: RelPath,
  outcome: Outcome,
  told: readonly boolean[] = replicas.map(() => true),
): Planned[] {
  const listings = replicas.map((replica, i) => (told[i] ? replica.listing(path) : []));
  const below = new Map<Name, Planned[]>();
  for (const [name, tells] of openNames(listings)) {
    below.set(name, planTree(replicas, policy, joinPath(path, name), outcome, tells));
  }
  let plan = planDirectory(listings, policy);
  const alive = new Set(
    plan.unsettled.filter((name) => isAlive(below.get(name) ?? [], joinPath(path, name), replicas)),
  );
  if (alive.size > 0) plan = planDirectory(listings, policy, alive);
  for (const decision of plan.decisions) {
    if (decision.conflict) outcome.conflicts++;
    if (decision.blocked !== undefined)
      outcome.problems.push(`plan ${joinPath(path, decision.target.name)} ${decision.blocked}`);
  }
  const here = plan.decisions.map((decision) => ({ parent: path, decision }));
  return [...here, ...[...below.values()].flat()];
}

/** Names below which the replicas differ, with who of them has told of anything there. As converge/compare-trees.ts. */
function openNames(listings: readonly Directory[]): Map<Name, boolean[]> {
  const names = new Map<Name, boolean[]>();
  for (const listing of listings) {
    for (const { name, tree } of listing) {
      if (tree === undefined || names.has(name)) continue;
      const trees = listings.map((other) => findEntry(other, name)?.tree);
      if (trees.some((other) => other?.full !== tree.full))
        names.set(
          name,
          trees.map((other) => other !== undefined),
        );
    }
  }
  return names;
}

function isAlive(planned: readonly Planned[], path: RelPath, replicas: readonly Replica[]): boolean {
  if (planned.some(({ decision }) => isLive(decision.target) && decision.blocked === undefined)) return true;
  // Where nobody lacks anything there is no decision.
  const decided = new Set(planned.map(({ parent, decision }) => joinPath(parent, decision.target.name)));
  return replicas.some((replica) => replica.children(path).some((child) => !decided.has(child)));
}

/** One replica carrying out its part of a plan. */
class Installation {
  readonly #replica: Replica;
  readonly #others: readonly Replica[];
  readonly #policy: Policy;
  readonly #options: RunOptions;
  readonly #outcome: Outcome;
  readonly #watcher: Watcher;
  /** What failed and is not recorded as a directory: nothing comes below it. */
  readonly #unmade = new Set<RelPath>();

  constructor(
    replica: Replica,
    others: readonly Replica[],
    policy: Policy,
    options: RunOptions,
    outcome: Outcome,
    watcher: Watcher,
  ) {
    this.#replica = replica;
    this.#others = others;
    this.#policy = { ...policy, deletes: policy.deletes && consent(replica, options) };
    this.#options = options;
    this.#outcome = outcome;
    this.#watcher = watcher;
  }

  steps(planned: readonly Planned[]): (() => void)[] {
    const first: Planned[] = [];
    const waiting: Planned[] = [];
    for (const item of this.#inOrder(planned)) {
      const { parent, decision } = item;
      const there = this.#replica.disk.get(joinPath(parent, decision.target.name));
      // What goes, and what takes the place of a directory, waits for everything else, children first.
      const emptiesFirst = decision.target.kind !== 'directory' && there?.kind === 'directory';
      if (emptiesFirst || (there !== undefined && !isLive(decision.target))) waiting.push(item);
      else first.push(item);
    }
    waiting.sort((a, b) => b.parent.length - a.parent.length);
    return [...first, ...waiting].map((item) => () => this.#one(item));
  }

  /** One directory after the other, each in the order that the installer keeps. */
  #inOrder(planned: readonly Planned[]): Planned[] {
    const directories = new Map<RelPath, Planned[]>();
    for (const item of planned) {
      const directory = directories.get(item.parent) ?? [];
      directories.set(item.parent, directory);
      directory.push(item);
    }
    const comingOf = ({ parent, decision: { target } }: Planned) => {
      return { mine: this.#replica.entry(joinPath(parent, target.name)), target };
    };
    return [...directories.values()].flatMap((directory) => inWaves(directory, comingOf).flat());
  }

  #one({ parent, decision: { target } }: Planned): void {
    const replica = this.#replica;
    const path = joinPath(parent, target.name);
    this.#options.meanwhile?.(replica, path);
    if (replica.hides(path)) return;
    if (this.#options.installs?.(replica, path) === false || this.#unmade.has(parent)) {
      if (replica.entry(path)?.kind !== 'directory') this.#unmade.add(path);
      return;
    }
    const known = replica.entry(path);
    if (known !== undefined && isLive(known) && !replica.disk.has(path)) {
      this.#problem(path, 'changed'); // removed since the scan: the next one says what that means
      return;
    }
    replica.look(path, () => this.#tick(), false);
    const mine = replica.entry(path);
    const verdict = enforce(mine, target, this.#policy, this.#isTold(parent));
    if (verdict.action === 'refuse') this.#problem(path, verdict.refusal);
    else if (verdict.action === 'record') {
      this.#outcome.records++;
      replica.record(path, kept(verdict.target, mine));
    } else if (verdict.action === 'install') this.#carryOut(path, mine, verdict);
  }

  /** As transfer/told.ts. */
  #isTold(path: RelPath): boolean {
    return path === ROOT || (this.#replica.entry(path)?.kind ?? 'absent') !== 'absent';
  }

  #carryOut(path: RelPath, mine: LocalEntry | undefined, { target, copies, discards }: Permission): void {
    const replica = this.#replica;
    const trouble = this.#obstacle(path, target);
    if (trouble !== undefined) {
      this.#problem(path, trouble);
      return;
    }
    const node = this.#obtain(target);
    if (node === undefined && isLive(target)) {
      this.#problem(path, 'unavailable');
      return;
    }
    if (!copies.every((copy) => this.#preserve(path, copy))) {
      this.#problem(path, 'no name for the copy');
      return;
    }
    const changes = mine !== undefined && mine.digest !== '' && !sameContent(mine, target);
    if (changes && discards) replica.trash.push(mine.digest);
    else if (changes && copies.length === 0) this.#watcher.replaced?.({ replica, path, old: mine.digest, by: target });
    this.#outcome.writes++;
    if (node === undefined) replica.disk.delete(path);
    else {
      if (node.kind === 'directory' && !replica.disk.has(path)) replica.withdrawBelow(path);
      replica.disk.set(path, node);
    }
    replica.record(path, kept(target, mine));
  }

  #obstacle(path: RelPath, target: Entry): string | undefined {
    const { disk } = this.#replica;
    const parent = parentOf(path);
    if (parent !== ROOT && isLive(target) && disk.get(parent)?.kind !== 'directory') return 'blocked';
    return target.kind !== 'directory' && this.#replica.children(path).length > 0 ? 'not empty' : undefined;
  }

  #preserve(path: RelPath, copy: Entry): boolean {
    const replica = this.#replica;
    const parent = parentOf(path);
    const place = placeCopy(nameOf(path), copy, (name) => {
      replica.look(joinPath(parent, name), () => this.#tick(), false);
      return replica.entry(joinPath(parent, name));
    });
    if (place === undefined) return false;
    if (!place.make) return true;
    const copyPath = joinPath(parent, place.entry.name);
    const node = replica.disk.get(path);
    if (node === undefined || node.kind === 'directory') throw new Error('expected a file to preserve');
    if (replica.disk.has(copyPath)) return false; // hidden by an ignore rule, so not recorded
    replica.disk.set(copyPath, node);
    replica.record(copyPath, { ...place.entry, mtime: node.mtime, mode: node.mode });
    this.#outcome.writes++;
    return true;
  }

  /** The content from a replica that has it: from this one for nothing. */
  #obtain(entry: Entry): Node | undefined {
    const { kind, mode, mtime } = entry;
    if (kind === 'directory') return { kind, mode };
    if (kind !== 'file' && kind !== 'symlink') return undefined;
    const own = findContent(this.#replica, entry.digest);
    if (own === undefined) this.#outcome.transfers++;
    const { digest } = entry;
    const content =
      own ?? this.#others.map((other) => findContent(other, entry.digest)).find((found) => found !== undefined);
    if (content === undefined) return undefined;
    return kind === 'symlink' ? { kind, content, mtime, mode: 0, digest } : { kind, content, mtime, mode, digest };
  }

  /** An edit that is found on the way is one more edit. */
  #tick(): number {
    return ++this.#replica.counter;
  }

  #problem(path: RelPath, reason: string): void {
    this.#outcome.problems.push(`${this.#replica.label} ${path} ${reason}`);
  }
}

function kept(entry: Entry, mine: LocalEntry | undefined): LocalEntry {
  return mine?.tree === undefined ? entry : { ...entry, tree: mine.tree };
}

function findContent(replica: Replica, digest: Digest): string | undefined {
  for (const node of replica.disk.values()) {
    if (node.kind !== 'directory' && digestOfNode(node) === digest) return node.content;
  }
  return undefined;
}
