/**
 * Random histories: what users do on several replicas, with runs in between. The interpreter keeps the true
 * causal order of contents apart from vectors and lineages, so that the invariants do not trust what they test.
 */
import fc from 'fast-check';
import type { Digest } from '../../src/model/digest.js';
import { nameOf, parentOf, type RelPath, ROOT } from '../../src/model/path.js';
import type { Policy } from '../../src/plan/policy.js';
import { digestOfNode, type Node, type Replica } from './replica.js';

export type Step =
  | { readonly op: 'write'; readonly at: number; readonly path: RelPath; readonly content: string }
  | { readonly op: 'link'; readonly at: number; readonly path: RelPath; readonly content: string }
  | { readonly op: 'mkdir' | 'remove'; readonly at: number; readonly path: RelPath }
  | { readonly op: 'rename'; readonly at: number; readonly path: RelPath; readonly to: RelPath }
  | { readonly op: 'touch'; readonly at: number; readonly path: RelPath; readonly mtime: number }
  | { readonly op: 'chmod'; readonly at: number; readonly path: RelPath; readonly mode: number }
  | { readonly op: 'clear' | 'lose-state' | 'backup' | 'restore'; readonly at: number }
  | RunStep;

export interface RunStep {
  readonly op: 'run';
  readonly among: readonly number[];
  readonly policy: Policy;
  /** Bit i: replica i does not consent to deletes. */
  readonly dissent: number;
  /** 0: nothing fails. Otherwise the seed of which installations do not happen. */
  readonly faults: number;
  /** What users do before the nth installation of this run. */
  readonly meanwhile: readonly Meanwhile[];
}

export interface Meanwhile {
  readonly nth: number;
  /** Instead of `step`, the user edits the very path that is about to be installed. */
  readonly here: boolean;
  readonly step: Exclude<Step, RunStep>;
}

export interface History {
  readonly replicas: number;
  /** By how much each replica's clock is wrong. */
  readonly skews: readonly number[];
  readonly steps: readonly Step[];
}

const PATHS = ['a', 'b', 'a.txt', 'd', 'd/a', 'd/e', 'd/e/x', 'b/c'] as RelPath[];
const REPLICAS_MAX = 6;

const at = fc.nat(REPLICAS_MAX - 1);
const path = fc.constantFrom(...PATHS);
/** Mostly new content (the interpreter numbers it), sometimes one that others may write too, or have written before. */
const content = fc.oneof(
  { weight: 4, arbitrary: fc.constant('new') },
  { weight: 1, arbitrary: fc.constantFrom('p', 'q') },
);

const userStep: fc.Arbitrary<Exclude<Step, RunStep>> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ op: fc.constant('write' as const), at, path, content }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('link' as const), at, path, content }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('mkdir' as const), at, path }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('remove' as const), at, path }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('rename' as const), at, path, to: path }) },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('touch' as const), at, path, mtime: fc.integer({ min: -50, max: 200 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('chmod' as const), at, path, mode: fc.constantFrom(0o600, 0o644, 0o755) }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('clear' as const), at }) },
);

const policy: fc.Arbitrary<Policy> = fc.record({
  deletes: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 2, arbitrary: fc.constant(true) }),
  conflict: fc.oneof(
    { weight: 8, arbitrary: fc.constant('keep-both' as const) },
    { weight: 1, arbitrary: fc.constant('newest' as const) },
    { weight: 1, arbitrary: fc.constant('fail' as const) },
  ),
});

const everybody = Array.from({ length: REPLICAS_MAX }, (_, i) => i);
const runStep: fc.Arbitrary<Step> = fc.record({
  op: fc.constant('run' as const),
  among: fc.oneof(fc.constant(everybody), fc.shuffledSubarray(everybody, { minLength: 2 })),
  policy,
  dissent: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(63) }),
  faults: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 1e6 }) },
  ),
  meanwhile: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    {
      weight: 2,
      arbitrary: fc.array(fc.record({ nth: fc.nat(12), here: fc.boolean(), step: userStep }), { maxLength: 3 }),
    },
  ),
});

const rareStep: fc.Arbitrary<Step> = fc.record({
  op: fc.constantFrom('lose-state' as const, 'backup' as const, 'restore' as const),
  at,
});

export const histories: fc.Arbitrary<History> = fc.record({
  replicas: fc.integer({ min: 2, max: REPLICAS_MAX }),
  skews: fc.array(fc.constantFrom(0, 0, 0, 40, -40, 1000), { minLength: REPLICAS_MAX, maxLength: REPLICAS_MAX }),
  steps: fc.array(
    fc.oneof(
      { weight: 10, arbitrary: userStep },
      { weight: 5, arbitrary: runStep },
      { weight: 1, arbitrary: rareStep },
    ),
    { minLength: 2, maxLength: 28 },
  ),
});

/** Stands for a directory among contents. */
const DIRECTORY = 'directory' as Digest;

/** What users have done to the contents of each path, as it truly was. */
export class Truth {
  /** path and content → contents that a user put in its place, having it before them. */
  readonly #replacedBy = new Map<string, Set<Digest>>();
  readonly #removed = new Set<string>();
  /** Contents whose conflict copy a user deleted: the conflict is resolved. */
  readonly cleared = new Set<Digest>();
  /** Paths of which some replica once had a tombstone. */
  readonly claimed = new Set<RelPath>();
  restored = false;

  replace(path: RelPath, old: Digest, by: Digest): void {
    const key = `${path} ${old}`;
    const successors = this.#replacedBy.get(key) ?? new Set();
    this.#replacedBy.set(key, successors.add(by));
  }

  remove(path: RelPath, old: Digest): void {
    this.#removed.add(`${path} ${old}`);
    if (path.includes('.conflict-')) this.cleared.add(old);
  }

  /** Whether a user removed this content from this path on some replica, and a run turned that into a claim. */
  wasDeleted(path: RelPath, digest: Digest): boolean {
    return this.claimed.has(path) && this.#removed.has(`${path} ${digest}`);
  }

  /** Whether the content may be gone: somebody replaced it by content that is not lost, or removed it. */
  isSettled(
    path: RelPath,
    digest: Digest,
    survives: (digest: Digest) => boolean,
    visited = new Set<Digest>(),
  ): boolean {
    if (this.cleared.has(digest) || this.wasDeleted(path, digest)) return true;
    visited.add(digest);
    const successors = this.#replacedBy.get(`${path} ${digest}`) ?? [];
    return [...successors].some(
      (next) =>
        next === DIRECTORY || survives(next) || (!visited.has(next) && this.isSettled(path, next, survives, visited)),
    );
  }

  /** Whether some user replaced this content somewhere, be it in a conflict copy of it. */
  wasReplacedAnywhere(digest: Digest): boolean {
    return [...this.#replacedBy.keys()].some((key) => key.endsWith(` ${digest}`));
  }

  wasReplaced(path: RelPath, digest: Digest): boolean {
    return this.#replacedBy.has(`${path} ${digest}`);
  }
}

/** Lets users act on replicas. */
export class Users {
  readonly truth = new Truth();
  readonly #backups = new Map<Replica, Replica>();
  /** What a user last removed from a path of a replica: what is written there next was written knowing it. */
  readonly #gone = new Map<string, Digest>();
  readonly #skews: ReadonlyMap<Replica, number>;
  #time = 100;

  constructor(replicas: readonly Replica[], skews: readonly number[]) {
    this.#skews = new Map(replicas.map((replica, i) => [replica, skews[i] ?? 0]));
  }

  act(replica: Replica, step: Exclude<Step, RunStep>): void {
    this.#time++;
    const now = this.#time + (this.#skews.get(replica) ?? 0);
    switch (step.op) {
      case 'write':
        this.put(replica, step.path, this.#contentNode('file', step.content, now, 0o644));
        break;
      case 'link':
        this.put(replica, step.path, this.#contentNode('symlink', step.content, now, 0));
        break;
      case 'mkdir':
        this.put(replica, step.path, { kind: 'directory', mode: 0o755 });
        break;
      case 'remove':
        this.remove(replica, step.path);
        break;
      case 'rename':
        this.#rename(replica, step.path, step.to);
        break;
      case 'touch':
        this.#change(replica, step.path, { mtime: step.mtime });
        break;
      case 'chmod':
        this.#change(replica, step.path, { mode: step.mode });
        break;
      case 'clear':
        for (const path of [...replica.disk.keys()]) if (isCopyName(path)) this.remove(replica, path);
        break;
      case 'lose-state':
        replica.loseState();
        break;
      case 'backup':
        this.#backups.set(replica, replica.snapshot());
        break;
      case 'restore':
        this.#restore(replica);
        break;
    }
  }

  put(replica: Replica, path: RelPath, node: Node): void {
    if (node.kind === 'directory' && replica.disk.get(path)?.kind === 'directory') return;
    const parent = parentOf(path);
    if (parent !== ROOT && replica.disk.get(parent)?.kind !== 'directory')
      this.put(replica, parent, { kind: 'directory', mode: 0o755 });
    if (replica.disk.get(path)?.kind === 'directory') this.remove(replica, path);
    const old = replica.disk.get(path);
    const before =
      old === undefined || old.kind === 'directory' ? this.#gone.get(key(replica, path)) : digestOfNode(old);
    if (before !== undefined) {
      const after = node.kind === 'directory' ? DIRECTORY : digestOfNode(node);
      if (after !== before) this.truth.replace(path, before, after);
      if (after === DIRECTORY) this.#gone.set(key(replica, path), before);
    }
    replica.disk.set(path, node);
  }

  remove(replica: Replica, path: RelPath): void {
    if (!replica.disk.has(path)) return;
    for (const gone of [path, ...replica.children(path)]) {
      const node = replica.disk.get(gone);
      replica.disk.delete(gone);
      if (node === undefined || node.kind === 'directory') continue;
      this.truth.remove(gone, digestOfNode(node));
      this.#gone.set(key(replica, gone), digestOfNode(node));
    }
  }

  #rename(replica: Replica, from: RelPath, to: RelPath): void {
    const node = replica.disk.get(from);
    if (
      node === undefined ||
      node.kind === 'directory' ||
      from === to ||
      to.startsWith(`${from}/`) ||
      from.startsWith(`${to}/`)
    )
      return;
    this.remove(replica, from);
    this.put(replica, to, node);
  }

  #change(replica: Replica, path: RelPath, change: { mtime?: number; mode?: number }): void {
    const node = replica.disk.get(path);
    if (node === undefined || node.kind === 'symlink') return;
    if (node.kind === 'directory') {
      if (change.mode !== undefined) replica.disk.set(path, { ...node, mode: change.mode });
    } else replica.disk.set(path, { ...node, ...change });
  }

  #restore(replica: Replica): void {
    const backup = this.#backups.get(replica);
    if (backup === undefined) return;
    this.truth.restored = true;
    for (const [path, node] of replica.disk) {
      if (node.kind !== 'directory') this.truth.remove(path, digestOfNode(node));
    }
    replica.restore(backup);
  }

  #contentNode(kind: 'file' | 'symlink', wanted: string, mtime: number, mode: number): Node {
    const content = wanted === 'new' ? `content ${this.#time}` : wanted;
    return kind === 'file' ? { kind, content, mtime, mode } : { kind, content, mtime, mode: 0 };
  }
}

function key(replica: Replica, path: RelPath): string {
  return `${replica.label} ${path}`;
}

export function isCopyName(path: RelPath): boolean {
  return nameOf(path).includes('.conflict-');
}
