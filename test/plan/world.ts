/**
 * Replicas in memory: a disk, a state and a trash each, and runs among any of them with the real observe,
 * planner, enforcer, codec and summaries. Everything that transfer and apply do with files is reduced to maps.
 */
import { type Digest, digestOf, digestOfLink } from '../../src/model/digest.js';
import {
  type Directory,
  type Entry,
  isLive,
  type LocalEntry,
  sameContent,
  type TreeSummary,
} from '../../src/model/entry.js';
import { joinPath, type Name, nameOf, parentOf, type RelPath, ROOT } from '../../src/model/path.js';
import type { ReplicaId } from '../../src/model/version-vector.js';
import { placeCopy } from '../../src/plan/conflict-copy.js';
import { enforce, type Permission } from '../../src/plan/enforce.js';
import { type Observation, observe } from '../../src/plan/observe.js';
import { type Decision, planDirectory } from '../../src/plan/plan-directory.js';
import type { Policy } from '../../src/plan/policy.js';
import { wasRestored } from '../../src/plan/restored.js';
import { decodeDirectory, encodeDirectory } from '../../src/tree/directory-codec.js';
import { findEntry, putEntries } from '../../src/tree/edit-directory.js';
import { EMPTY_TREE, summarizeDirectory } from '../../src/tree/summarize.js';

export type Node =
  | { readonly kind: 'file'; readonly content: string; readonly mtime: number; readonly mode: number }
  | { readonly kind: 'symlink'; readonly content: string; readonly mtime: number; readonly mode: 0 }
  | { readonly kind: 'directory'; readonly mode: number };

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
  /** Contents that some replica got from another one. */
  transfers: number;
  conflicts: number;
  /** `replica path reason` of everything that was refused or blocked. */
  problems: string[];
  planned: number;
}

/** Everything that must have been superseded when it went: `replaced` by what. */
export interface Replacement {
  readonly replica: Replica;
  readonly path: RelPath;
  readonly old: Digest;
  readonly by: Entry;
}

let created = 0;
const summaries = new WeakMap<Directory, TreeSummary>();
const listings = new WeakMap<Directory, Directory>();

export class Replica {
  disk = new Map<RelPath, Node>();
  records = new Map<RelPath, Directory<LocalEntry>>();
  trash: Digest[] = [];
  counter = 0;
  id: ReplicaId;
  readonly label: string;

  constructor(label: string) {
    this.label = label;
    this.id = newId();
  }

  /** The state is gone, the files are not. */
  loseState(): void {
    this.records = new Map();
    this.counter = 0;
    this.id = newId();
  }

  snapshot(): Replica {
    const copy = new Replica(this.label);
    copy.restore(this);
    return copy;
  }

  /** Disk and state as they were in a backup. */
  restore(backup: Replica): void {
    this.disk = new Map(backup.disk);
    this.records = new Map(backup.records);
    this.trash = [...this.trash, ...backup.trash];
    this.counter = backup.counter;
    this.id = backup.id;
  }

  entry(path: RelPath): LocalEntry | undefined {
    return findEntry(this.records.get(parentOf(path)) ?? [], nameOf(path));
  }

  record(path: RelPath, entry: LocalEntry): void {
    const parent = parentOf(path);
    this.records.set(parent, putEntries(this.records.get(parent) ?? [], [entry]));
  }

  seen(): Map<ReplicaId, number> {
    const seen = new Map<ReplicaId, number>([[this.id, this.counter]]);
    for (const directory of this.records.values()) {
      for (const { vector } of directory) {
        for (const [id, counter] of vector) seen.set(id, Math.max(counter, seen.get(id) ?? 0));
      }
    }
    return seen;
  }

  scan(deletes: boolean): void {
    const next = this.counter + 1;
    const tick = (): number => {
      this.counter = next;
      return next;
    };
    for (const path of this.knownPaths()) this.look(path, tick, deletes);
    this.settle();
  }

  /** One path as a scan sees it. */
  look(path: RelPath, tick: () => number, deletes: boolean): void {
    const node = this.disk.get(path);
    const recorded = this.entry(path);
    const entry = observe(nameOf(path), recorded, node && observation(node), { replica: this.id, tick, deletes });
    if (entry !== undefined && entry !== recorded) this.record(path, entry);
  }

  /** Computes all summaries, children first; what has not changed is not computed again. */
  settle(path: RelPath = ROOT): TreeSummary {
    const before = this.records.get(path) ?? [];
    let directory = before;
    for (const entry of before) {
      const below = joinPath(path, entry.name);
      if (entry.kind !== 'directory' && !this.records.has(below)) continue;
      const tree = this.settle(below);
      if (tree !== entry.tree) directory = putEntries(directory, [{ ...entry, tree }]);
    }
    if (directory.length === 0) return EMPTY_TREE;
    if (directory !== before) this.records.set(path, directory);
    let summary = summaries.get(directory);
    if (summary === undefined) {
      summary = summarizeDirectory(directory);
      summaries.set(directory, summary);
    }
    return summary;
  }

  /** What a peer sees: through the codec. */
  listing(path: RelPath): Directory {
    const directory = this.records.get(path) ?? [];
    let listing = listings.get(directory);
    if (listing === undefined) {
      listing = decodeDirectory(encodeDirectory(directory, { local: false }), { local: false });
      listings.set(directory, listing);
    }
    return listing;
  }

  knownPaths(): RelPath[] {
    const paths = new Set(this.disk.keys());
    for (const [parent, directory] of this.records) for (const { name } of directory) paths.add(joinPath(parent, name));
    return [...paths].sort();
  }

  children(path: RelPath): RelPath[] {
    return [...this.disk.keys()].filter((other) => other !== path && other.startsWith(path === ROOT ? '' : `${path}/`));
  }

  tombstones(): RelPath[] {
    const paths: RelPath[] = [];
    for (const [parent, directory] of this.records) {
      for (const { name, kind } of directory) if (kind === 'deleted') paths.push(joinPath(parent, name));
    }
    return paths;
  }

  /** Digests of all live files and symlinks. */
  live(): Set<Digest> {
    const digests = new Set<Digest>();
    for (const node of this.disk.values()) if (node.kind !== 'directory') digests.add(digestOfNode(node));
    return digests;
  }
}

export interface Watcher {
  /** All have scanned, nothing is installed yet. */
  scanned?(): void;
  replaced?(replacement: Replacement): void;
}

/** Runs among these replicas; the first one is the initiator. */
export function run(replicas: readonly Replica[], options: RunOptions = {}, watcher: Watcher = {}): Outcome {
  const policy = options.policy ?? DEFAULTS;
  const outcome: Outcome = { writes: 0, transfers: 0, conflicts: 0, problems: [], planned: 0 };
  for (const replica of replicas) renewIfRestored(replica, replicas);
  for (const replica of replicas) replica.scan(policy.deletes && consent(replica, options));
  watcher.scanned?.();
  const planned = planTree(replicas, policy, ROOT, outcome);
  for (const [i, replica] of replicas.entries()) {
    const mine = planned.filter(({ decision }) => decision.lacking.includes(i));
    new Installation(replica, replicas, policy, options, outcome, watcher).install(mine);
  }
  for (const replica of replicas) replica.settle();
  return outcome;
}

function renewIfRestored(replica: Replica, replicas: readonly Replica[]): void {
  const restored = replicas.some((other) => other !== replica && wasRestored(replica.id, replica.seen(), other.seen()));
  if (!restored) return;
  replica.id = newId();
  replica.counter = 0;
}

function consent(replica: Replica, options: RunOptions): boolean {
  return options.consents?.(replica) ?? true;
}

interface Planned {
  readonly parent: RelPath;
  readonly decision: Decision;
}

/** Plans a directory and what lies below it, parents first. */
function planTree(replicas: readonly Replica[], policy: Policy, path: RelPath, outcome: Outcome): Planned[] {
  const listings = replicas.map((replica) => replica.listing(path));
  const below = new Map<Name, Planned[]>();
  for (const name of openNames(listings)) below.set(name, planTree(replicas, policy, joinPath(path, name), outcome));
  let plan = planDirectory(listings, policy);
  const alive = new Set(
    plan.unsettled.filter((name) => isAlive(below.get(name) ?? [], joinPath(path, name), replicas)),
  );
  if (alive.size > 0) plan = planDirectory(listings, policy, alive);
  for (const decision of plan.decisions) {
    outcome.planned += decision.lacking.length;
    if (decision.conflict) outcome.conflicts++;
    if (decision.blocked !== undefined)
      outcome.problems.push(`plan ${joinPath(path, decision.target.name)} ${decision.blocked}`);
  }
  const here = plan.decisions.map((decision) => ({ parent: path, decision }));
  return [...here, ...[...below.values()].flat()];
}

/** Names below which the replicas differ. */
function openNames(listings: readonly Directory[]): Set<Name> {
  const names = new Set<Name>();
  for (const listing of listings) {
    for (const { name, tree } of listing) {
      if (
        tree !== undefined &&
        listings.some((other) => (findEntry(other, name)?.tree ?? EMPTY_TREE).full !== tree.full)
      )
        names.add(name);
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
  /** An edit that is found on the way is one more edit. */
  #late: number | undefined;

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

  install(planned: readonly Planned[]): void {
    const waiting: Planned[] = [];
    for (const item of planned) {
      const { parent, decision } = item;
      const there = this.#replica.disk.get(joinPath(parent, decision.target.name));
      // What goes, and what takes the place of a directory, waits for everything else, children first.
      const emptiesFirst = decision.target.kind !== 'directory' && there?.kind === 'directory';
      if (!isLive(decision.target) || emptiesFirst) waiting.push(item);
      else this.#one(item);
    }
    waiting.sort((a, b) => b.parent.length - a.parent.length);
    for (const item of waiting) this.#one(item);
  }

  #one({ parent, decision: { target } }: Planned): void {
    const replica = this.#replica;
    const path = joinPath(parent, target.name);
    this.#options.meanwhile?.(replica, path);
    if (this.#options.installs?.(replica, path) === false) return;
    replica.look(path, () => this.#tick(), false);
    const mine = replica.entry(path);
    const verdict = enforce(mine, target, this.#policy);
    if (verdict.action === 'refuse') this.#problem(path, verdict.refusal);
    else if (verdict.action === 'record') replica.record(path, kept(verdict.target, mine));
    else if (verdict.action === 'install') this.#carryOut(path, mine, verdict);
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
    else replica.disk.set(path, node);
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
    const content =
      own ?? this.#others.map((other) => findContent(other, entry.digest)).find((found) => found !== undefined);
    if (content === undefined) return undefined;
    return kind === 'symlink' ? { kind, content, mtime, mode: 0 } : { kind, content, mtime, mode };
  }

  #tick(): number {
    if (this.#late === undefined) this.#late = ++this.#replica.counter;
    return this.#late;
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

function observation(node: Node): Observation {
  if (node.kind === 'directory') return { kind: 'directory', size: 0, mtime: 0, mode: node.mode, digest: '' as Digest };
  return { ...node, size: node.content.length, digest: digestOfNode(node) };
}

const digests = new Map<string, Digest>();

export function digestOfNode(node: Exclude<Node, { kind: 'directory' }>): Digest {
  const key = `${node.kind} ${node.content}`;
  let digest = digests.get(key);
  if (digest === undefined) {
    digest = node.kind === 'file' ? digestOf(Buffer.from(node.content, 'latin1')) : digestOfLink(node.content);
    digests.set(key, digest);
  }
  return digest;
}

function newId(): ReplicaId {
  created++;
  return `r${created.toString(36).padStart(7, '0')}` as ReplicaId;
}
