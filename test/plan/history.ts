/** Random histories: what users do on several replicas, with runs in between. A seed is a history. */
import type { RelPath } from '../../src/model/path.js';
import type { Policy } from '../../src/plan/policy.js';
import { Random } from './random.js';

export type UserStep =
  | { readonly op: 'write'; readonly at: number; readonly path: RelPath; readonly content: string }
  | { readonly op: 'link'; readonly at: number; readonly path: RelPath; readonly content: string }
  | { readonly op: 'mkdir' | 'remove' | 'ignore'; readonly at: number; readonly path: RelPath }
  | { readonly op: 'rename'; readonly at: number; readonly path: RelPath; readonly to: RelPath }
  | { readonly op: 'touch'; readonly at: number; readonly path: RelPath; readonly mtime: number }
  | { readonly op: 'chmod'; readonly at: number; readonly path: RelPath; readonly mode: number }
  /** Of the nth conflict copy: writes it anew; changes places with the next one, or becomes one more of that. */
  | { readonly op: 'edit-copy' | 'swap-copies' | 'recopy'; readonly at: number; readonly nth: number }
  | { readonly op: 'clear' | 'lose-state' | 'backup' | 'restore' | 'forget'; readonly at: number };

export type Step = UserStep | RunStep;

export interface RunStep {
  readonly op: 'run';
  /** Who takes part; the first is the initiator. */
  readonly among: readonly number[];
  readonly policy: Policy;
  /** Bit i: replica i does not consent to deletes. */
  readonly dissent: number;
  /** 0: nothing fails. Otherwise the seed of which installations do not happen. */
  readonly faults: number;
  /** What users do before the nth installation of this run. */
  readonly meanwhile: readonly Meanwhile[];
  /** Another initiator at the same time: its scan and plan come before any installation of this run. */
  readonly beside?: Beside;
}

export interface Beside {
  readonly among: readonly number[];
  readonly policy: Policy;
  /** Seed of the order in which the installations of the two runs come. */
  readonly order: number;
}

export interface Meanwhile {
  readonly nth: number;
  /** Instead of `step`, the user edits the very path that is about to be installed. */
  readonly here: boolean;
  readonly step: UserStep;
}

export interface History {
  readonly replicas: number;
  /** By how much each replica's clock is wrong. */
  readonly skews: readonly number[];
  readonly steps: readonly Step[];
  /** What is compared with one run of all at the end: nothing, another initiator, or overlapping pairs. */
  readonly end: 'plain' | 'turned' | 'pairs';
  /** With packed listings and the digest tree as they are on the wire; otherwise directories are handed over. */
  readonly packed: boolean;
}

const PATHS = ['a', 'b', 'a.txt', 'd', 'd/a', 'd/e', 'd/e/x', 'b/c'] as RelPath[];
export const REPLICAS_MAX = 6;
/** Each as often as it stands here. */
const MEETING = repeated({ 2: 8, 3: 8, 4: 3, 5: 1, 6: 1 }).map(Number);
const USER_OPS = repeated<UserStep['op']>({
  ...{ write: 16, link: 2, mkdir: 2, remove: 8, rename: 4, touch: 4, chmod: 2, clear: 3 },
  // Copies that changed places can make a circle (plan/install-order.ts), which takes a second run.
  ...{ 'edit-copy': 4, 'swap-copies': 0, recopy: 2 },
  ...{ 'lose-state': 1, backup: 1, restore: 1, forget: 1, ignore: 2 },
});
const CONFLICTS = repeated<Policy['conflict']>({ 'keep-both': 8, newest: 1, fail: 1 });

/** What the users of real folders can do, too: see test/converge. */
export interface Kinds {
  /** Rare events that replicas of this kind cannot have. */
  readonly without?: readonly UserStep['op'][];
  readonly replicasMax?: number;
  readonly stepsMax?: number;
  /** No edits or second initiators while a run goes on. */
  readonly calm?: boolean;
}

export function randomHistory(seed: number, kinds: Kinds = {}): History {
  const random = new Random(seed);
  const replicas = Math.min(random.pick(MEETING), kinds.replicasMax ?? REPLICAS_MAX);
  const skews = Array.from({ length: replicas }, () => random.pick([0, 0, 0, 40, -40, 1000]));
  const length = Math.min(random.oneIn(6) ? random.between(10, 28) : random.between(2, 9), kinds.stepsMax ?? 28);
  const steps = Array.from({ length }, () => stepOf(random, replicas, kinds));
  const end = random.pick(['plain', 'plain', 'turned', 'pairs'] as const);
  return { replicas, skews, steps, end, packed: random.oneIn(16) };
}

function stepOf(random: Random, replicas: number, kinds: Kinds): Step {
  return random.below(16) < 5 ? runStep(random, replicas, kinds) : userStep(random, replicas, kinds);
}

function userStep(random: Random, replicas: number, { without = [] }: Kinds): UserStep {
  const at = random.below(replicas);
  const path = random.pick(PATHS);
  const op = random.pick(USER_OPS);
  if (without.includes(op)) return { op: 'write', at, path, content: contentOf(random) };
  switch (op) {
    case 'write':
    case 'link':
      return { op, at, path, content: contentOf(random) };
    case 'rename':
      return { op, at, path, to: random.pick(PATHS) };
    case 'touch':
      return { op, at, path, mtime: random.between(-50, 200) };
    case 'chmod':
      return { op, at, path, mode: random.pick([0o600, 0o644, 0o755]) };
    case 'edit-copy':
    case 'swap-copies':
    case 'recopy':
      return { op, at, nth: random.below(8) };
    case 'mkdir':
    case 'remove':
    case 'ignore':
      return { op, at, path };
    default:
      return { op, at };
  }
}

/** Mostly new content (the interpreter numbers it), sometimes one that others may write too, or have written before. */
function contentOf(random: Random): string {
  return random.oneIn(5) ? random.pick(['p', 'q']) : 'new';
}

function runStep(random: Random, replicas: number, kinds: Kinds): RunStep {
  const calm = kinds.calm ?? false;
  const step: RunStep = {
    op: 'run',
    among: amongOf(random, replicas),
    policy: policyOf(random),
    dissent: random.oneIn(4) ? random.below(64) : 0,
    faults: !calm && random.oneIn(4) ? random.between(1, 1e6) : 0,
    meanwhile: !calm && random.oneIn(3) ? meanwhileOf(random, replicas, kinds) : [],
  };
  if (calm || !random.oneIn(6)) return step;
  return { ...step, beside: { among: amongOf(random, replicas), policy: policyOf(random), order: random.below(1e6) } };
}

function amongOf(random: Random, replicas: number): number[] {
  const order = random.shuffled(Array.from({ length: replicas }, (_, i) => i));
  return random.oneIn(2) ? order : order.slice(0, random.between(2, replicas));
}

function policyOf(random: Random): Policy {
  return {
    deletes: random.below(5) < 2,
    conflict: random.pick(CONFLICTS),
  };
}

function meanwhileOf(random: Random, replicas: number, kinds: Kinds): Meanwhile[] {
  return Array.from({ length: random.between(1, 3) }, () => ({
    nth: random.below(10),
    here: random.oneIn(2),
    step: userStep(random, replicas, kinds),
  }));
}

function repeated<T extends string>(weights: Readonly<Record<T, number>>): T[] {
  return (Object.entries(weights) as [T, number][]).flatMap(([key, times]) => new Array<T>(times).fill(key));
}
