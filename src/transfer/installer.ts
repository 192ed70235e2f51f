/**
 * The receiving end: takes target entries for one directory after another (parents first), checks each
 * against what this replica holds *now*, obtains the content and hands it to the committer. A target is
 * installed only if it wins the same merge that planned it; so a stale plan or a lying peer replaces
 * nothing that it has not superseded (docs/DESIGN.md, "The planner proposes, the receiver enforces").
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { finishDirectory, removeDirectory, unlockDirectory } from '../apply/directory.js';
import { type Entry, isLive, sameContent, sameView } from '../model/entry.js';
import type { DeltaCounts } from '../model/event.js';
import { joinPath, type Name, nameOf, parentOf, type RelPath, ROOT } from '../model/path.js';
import type { Problem } from '../model/problem.js';
import { isTooMuch } from '../plan/delete-limit.js';
import { inWaves } from '../plan/install-order.js';
import type { Policy } from '../plan/policy.js';
import type { LocalDirectory } from '../state/folder-state.js';
import { findEntry } from '../tree/edit-directory.js';
import type { Change } from '../wire/message.js';
import { Backlog } from './backlog.js';
import { placeDirectory, type Work } from './carry-out.js';
import { checkLink, checkTarget } from './check-target.js';
import { type Committer, NO_COUNTS } from './committer.js';
import { decideStep, type Step, type Wanted } from './decide-step.js';
import { LateDirectories } from './late-directories.js';
import { Obtainer } from './obtain.js';
import { problemOf } from './problem-of.js';
import type { Replica } from './replica.js';
import { Told } from './told.js';

/** What filling a directory needs; one without it gets its mode at the end. */
const FILLING = 0o700;

/** Files and links of one directory under way at once, which may hold some memory or a descriptor each. */
const CARRIED_AT_ONCE = 2048;

/** Removals handed to the committer at once. */
const REMOVALS_AT_ONCE = 4096;

/** Milliseconds between looks whether what another run has put on the disk is recorded, too. */
const RECORDED_WITHIN = [20, 80, 300];

/** What became of one directory's targets. */
export interface Applied {
  readonly path: RelPath;
  readonly changes: Change[];
  readonly problems: Problem[];
  /** Files that take the place of directories: they come only with {@link Installer.finish}, when those are empty. */
  readonly postponed: Name[];
}

export interface InstallerOptions {
  readonly replica: Replica;
  readonly committer: Committer;
  readonly policy: Policy;
  /** Told of each change when it is durable. */
  readonly onChange?: (parent: RelPath, change: Change) => void;
  readonly onProblem?: (problem: Problem) => void;
}

export class Installer {
  readonly #options: InstallerOptions;
  readonly #obtainer: Obtainer;
  /** Removals of files and directories wait for everything else, then go children first. */
  readonly #removals: { readonly parent: RelPath; readonly step: Step }[] = [];
  /** What takes the place of directories comes after them. */
  readonly #replacements: { readonly parent: RelPath; readonly step: Step }[] = [];
  readonly #told: Told;
  readonly #late = new LateDirectories();
  readonly #modes: { readonly path: RelPath; readonly mode: number }[] = [];

  constructor(options: InstallerOptions) {
    this.#options = options;
    this.#obtainer = new Obtainer(options.replica);
    this.#told = new Told(options.replica.state);
  }

  /**
   * Installs targets of the directory `parent`. Directories are made before this returns its promise, or known to be late,
   * so that the next call may be for a child; everything else goes on meanwhile.
   */
  async apply(parent: RelPath, wanted: readonly Wanted[]): Promise<Applied> {
    for (let late = this.#late.above(parent); late !== undefined; late = this.#late.above(parent)) await late;
    const applied = nothingApplied(parent);
    const current = this.#options.replica.state.directory(parent) ?? [];
    this.#told.expect(parent, wanted, current);
    const waves = inWaves(wanted, ({ entry }) => ({ mine: findEntry(current, entry.name), target: entry }));
    const applying = this.#applyWaves(parent, waves, applied);
    for (const { entry } of waves.slice(1).flat()) {
      if (entry.kind === 'directory') this.#late.expect(joinPath(parent, entry.name), applying);
    }
    await applying;
    return applied;
  }

  async #applyWaves(parent: RelPath, waves: readonly (readonly Wanted[])[], applied: Applied): Promise<void> {
    for (const wave of waves) await this.#applyAll(parent, wave, applied);
  }

  async #applyAll(parent: RelPath, wanted: readonly Wanted[], applied: Applied): Promise<void> {
    const steps = this.#decideAll(parent, wanted, applied);
    if (steps.some(({ action }) => action !== 'record' && action !== 'metadata')) this.#unlock(parent);
    const made = new Set(steps.flatMap(({ preserve }) => (preserve === undefined ? [] : [preserve.entry.name])));
    // A conflict copy comes about when its original is replaced: it is not fetched as well, but looked at again
    // afterwards, when mostly nothing or only its history is left to do.
    await this.#carryAll(parent, steps, ({ target }) => !made.has(target.name), applied);
    const copies = wanted.filter(({ entry }) => made.has(entry.name));
    if (copies.length > 0) await this.#carryAll(parent, this.#decideAll(parent, copies, applied), () => true, applied);
  }

  /** What had to wait for everything else, once: removals (children first), what replaces directories, and modes. */
  async finish(): Promise<Applied[]> {
    const byParent = new Map<RelPath, Applied>();
    const tooMuch = this.#checkAmount();
    if (tooMuch !== undefined) byParent.set(ROOT, tooMuch);
    // The committer keeps their order, children before parents, and does many at once.
    const underWay = new Backlog(REMOVALS_AT_ONCE);
    const appliedTo = (parent: RelPath): Applied => {
      const applied = byParent.get(parent) ?? nothingApplied(parent);
      byParent.set(parent, applied);
      return applied;
    };
    for (const { parent, step } of this.#removals.splice(0).reverse()) {
      underWay.follow(1, this.#commit(parent, step, { kind: 'remove' }, NO_COUNTS, appliedTo(parent)));
      await underWay.room();
    }
    await underWay.drained();
    for (const { parent, step } of this.#replacements.splice(0)) await this.#replace(parent, step, appliedTo(parent));
    const modes = nothingApplied(ROOT);
    for (const problem of this.restoreModes()) this.#problem(problem, modes);
    return [...byParent.values(), ...(modes.problems.length > 0 ? [modes] : [])];
  }

  /** When too much would go, nothing goes: the removals are dropped, and it is said why. */
  #checkAmount(): Applied | undefined {
    const { state, maxDelete } = this.#options.replica;
    const removals = this.#removals.length;
    if (removals === 0) return undefined;
    const { entries } = state.settle();
    if (!isTooMuch(removals, entries, maxDelete)) return undefined;
    this.#removals.length = 0;
    this.#replacements.length = 0;
    const applied = nothingApplied(ROOT);
    const what = `${removals} of ${entries} entries would be deleted here, more than --max-delete ${maxDelete}% lets go`;
    const message = `${what}; nothing was deleted. If that is meant, say --max-delete 100% here`;
    this.#problem({ code: 'refused', path: ROOT, message, fatal: true }, applied);
    return applied;
  }

  /** Gives directories their modes; to be called however the run ends, else the next scan takes those for edits. */
  restoreModes(): Problem[] {
    return this.#modes
      .splice(0)
      .reverse()
      .flatMap(({ path, mode }) => {
        try {
          finishDirectory(this.#options.replica.root, path, mode);
          return [];
        } catch (error) {
          return [problemOf(path, error)];
        }
      });
  }

  /** Opens a directory whose owner may not write into it, for as long as the run does. */
  #unlock(path: RelPath): void {
    const { root, state } = this.#options.replica;
    const recorded = path === ROOT ? undefined : findEntry(state.directory(parentOf(path)) ?? [], nameOf(path));
    if (recorded?.kind !== 'directory' || (recorded.mode & FILLING) === FILLING) return;
    try {
      const mode = unlockDirectory(root, path);
      if (mode !== undefined) this.#modes.push({ path, mode });
    } catch {
      // Another user's, or gone: whatever is to be installed in it says so.
    }
  }

  #decideAll(parent: RelPath, wanted: readonly Wanted[], applied: Applied): Step[] {
    const current = this.#options.replica.state.directory(parent) ?? [];
    const isTold = wanted.every(({ entry }) => isLive(entry)) || this.#told.below(parent);
    return wanted.flatMap((want) => {
      const step = this.#decide(parent, want, current, isTold, applied);
      if (step === undefined) this.#told.settled(joinPath(parent, want.entry.name));
      return step ?? [];
    });
  }

  /** Directories are made, and removals noted, at once; a wide directory's other steps are begun a few at a time. */
  async #carryAll(
    parent: RelPath,
    steps: readonly Step[],
    which: (step: Step) => boolean,
    applied: Applied,
  ): Promise<void> {
    const carried = steps.filter(which);
    const tree = carried.filter(isPartOfTree).map((step) => this.#carry(parent, step, applied));
    const underWay = new Backlog(CARRIED_AT_ONCE);
    for (const step of carried) {
      if (isPartOfTree(step)) continue;
      underWay.follow(1, this.#carry(parent, step, applied));
      await underWay.room();
    }
    await Promise.all([...tree, underWay.drained()]);
  }

  #decide(parent: RelPath, want: Wanted, current: LocalDirectory, isTold: boolean, applied: Applied): Step | undefined {
    const { replica, policy } = this.#options;
    const path = joinPath(parent, want.entry.name);
    if (replica.ignores(path, want.entry.kind)) return undefined; // hidden here: neither taken nor a problem
    const step = checkTarget(path, want.entry) ?? decideStep(path, want, current, policy, isTold);
    if (step === undefined || !('code' in step)) return step;
    this.#problem(step, applied);
    return undefined;
  }

  async #carry(parent: RelPath, step: Step, applied: Applied): Promise<void> {
    const { target, mine } = step;
    try {
      if (step.action === 'record') await this.#commit(parent, step, { kind: 'record' }, NO_COUNTS, applied);
      else if (step.action === 'delete') this.#removals.push({ parent, step });
      else if (isReplacedDirectory(step)) {
        this.#replacements.push({ parent, step });
        applied.postponed.push(target.name);
      } else if (target.kind === 'directory') await this.#directory(parent, step, applied);
      else if (mine !== undefined && sameContent(mine, target))
        await this.#commit(parent, step, { kind: 'metadata' }, NO_COUNTS, applied);
      else await this.#content(parent, step, applied);
    } catch (error) {
      this.#told.settled(step.path);
      await this.#failed(parent, step, error, applied);
    }
  }

  async #content(parent: RelPath, step: Step, applied: Applied): Promise<void> {
    const { target, mine, origins } = step;
    if (target.kind === 'symlink') {
      const link = await this.#obtainer.link(target, origins);
      checkLink(step.path, link);
      return this.#commit(parent, step, { kind: 'link', target: link }, NO_COUNTS, applied);
    }
    await this.#obtainer.with(step.path, target, mine, origins, (obtained) => {
      const { counts } = obtained;
      const work: Work =
        'staged' in obtained
          ? { kind: 'file', staged: obtained.staged }
          : { kind: 'new-file', content: obtained.packed };
      return this.#commit(parent, step, work, counts, applied);
    });
  }

  /** Makes a directory at once, because children follow; a file in its way becomes its conflict copy. */
  async #directory(parent: RelPath, step: Step, applied: Applied): Promise<void> {
    const { path, mine, target } = step;
    const copies = placeDirectory(this.#options.replica, parent, step);
    this.#told.coming(path, mine);
    if (mine?.kind === 'directory' || (target.mode & FILLING) !== FILLING) {
      this.#modes.push({ path, mode: target.mode });
    }
    await this.#commit(parent, step, { kind: 'directory', copies }, NO_COUNTS, applied);
  }

  async #replace(parent: RelPath, step: Step, applied: Applied): Promise<void> {
    try {
      removeDirectory(this.#options.replica.root, step.path);
      await this.#content(parent, step, applied);
    } catch (error) {
      this.#problem(problemOf(step.path, error), applied);
    }
  }

  async #commit(parent: RelPath, step: Step, work: Work, counts: DeltaCounts, applied: Applied): Promise<void> {
    try {
      await this.#options.committer.commit({ parent, step, work }).finally(() => this.#told.settled(step.path));
    } catch (error) {
      await this.#failed(parent, step, error, applied);
      return;
    }
    const { action, target, preserve } = step;
    if (action === 'record') return;
    if (preserve?.make === true) this.#change(parent, copyMade(preserve.entry), applied);
    const bytes = work.kind === 'file' || work.kind === 'new-file' ? target.size : 0;
    this.#change(parent, { name: target.name, action, bytes, ...counts }, applied);
  }

  /** Runs that start in the same minute install the same: who finds that another was quicker has no problem. */
  async #failed(parent: RelPath, step: Step, error: unknown, applied: Applied): Promise<void> {
    const problem = problemOf(step.path, error);
    if (problem.code === 'changed' && (await this.#wasInstalled(parent, step))) return;
    this.#problem(problem, applied);
  }

  async #wasInstalled(parent: RelPath, { target }: Step): Promise<boolean> {
    for (const wait of RECORDED_WITHIN) {
      await sleep(wait);
      const now = findEntry(this.#options.replica.state.directory(parent) ?? [], target.name);
      if (now !== undefined && sameView(now, target)) return true;
    }
    return false;
  }

  #change(parent: RelPath, change: Change, applied: Applied): void {
    applied.changes.push(change);
    this.#options.onChange?.(parent, change);
  }

  #problem(problem: Problem, applied: Applied): void {
    applied.problems.push(problem);
    this.#options.onProblem?.(problem);
  }
}

function nothingApplied(path: RelPath): Applied {
  return { path, changes: [], problems: [], postponed: [] };
}

/** What children below wait for, or what keeps an order of its own. */
function isPartOfTree(step: Step): boolean {
  return step.target.kind === 'directory' || step.action === 'delete' || isReplacedDirectory(step);
}

/** A directory that a file takes the place of: it goes when all below it is gone. */
function isReplacedDirectory({ mine, target }: Step): boolean {
  return mine?.kind === 'directory' && target.kind !== 'directory';
}

function copyMade(copy: Entry): Change {
  return {
    name: copy.name,
    action: 'conflict',
    bytes: copy.size,
    literalBytes: 0,
    matchedBytes: 0,
    reusedBytes: copy.size,
  };
}
