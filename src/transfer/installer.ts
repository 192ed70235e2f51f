/**
 * The receiving end: takes target entries for one directory after another (parents first), checks each
 * against what this replica holds *now*, obtains the content and hands it to the committer. A target is
 * installed only if it wins the same merge that planned it; so a stale plan or a lying peer replaces
 * nothing that it has not superseded (docs/DESIGN.md, "The planner proposes, the receiver enforces").
 */
import { removeDirectory } from '../apply/directory.js';
import { type Entry, isLive, kindHere, type LocalEntry, sameContent } from '../model/entry.js';
import type { DeltaCounts } from '../model/event.js';
import { joinPath, type Name, type RelPath, ROOT } from '../model/path.js';
import type { Problem } from '../model/problem.js';
import { inWaves } from '../plan/install-order.js';
import type { Policy } from '../plan/policy.js';
import type { LocalDirectory } from '../state/folder-state.js';
import { findEntry } from '../tree/edit-directory.js';
import type { Change } from '../wire/message.js';
import { Backlog, ENTRIES_AHEAD, entriesAhead } from './backlog.js';
import { placeDirectory, type Work } from './carry-out.js';
import { checkLink, checkTarget } from './check-target.js';
import { type Committer, NO_COUNTS } from './committer.js';
import { decideStep, type Step, type Wanted } from './decide-step.js';
import { DirectoryModes } from './directory-modes.js';
import { isInstalledMeanwhile } from './installed-meanwhile.js';
import { LastSteps } from './last-steps.js';
import { LateDirectories } from './late-directories.js';
import { Obtainer } from './obtain.js';
import { problemOf } from './problem-of.js';
import type { Replica } from './replica.js';
import { Told } from './told.js';

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
  readonly #last = new LastSteps();
  readonly #told: Told;
  readonly #late = new LateDirectories();
  readonly #modes: DirectoryModes;

  constructor(options: InstallerOptions) {
    this.#options = options;
    this.#obtainer = new Obtainer(options.replica);
    this.#told = new Told(options.replica.state);
    this.#modes = new DirectoryModes(options.replica.root);
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
    if (steps.some(({ action }) => action !== 'record' && action !== 'metadata')) this.#modes.unlock(parent);
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
    const appliedTo = (parent: RelPath): Applied => {
      const applied = byParent.get(parent) ?? nothingApplied(parent);
      byParent.set(parent, applied);
      return applied;
    };
    const tooMuch = this.#last.refuse(this.#options.replica);
    if (tooMuch !== undefined) this.#problem(tooMuch, appliedTo(ROOT));
    await this.#last.carryOut(
      (parent, step) => this.#commit(parent, step, { kind: 'remove' }, NO_COUNTS, appliedTo(parent)),
      (parent, step) => this.#replace(parent, step, appliedTo(parent)),
    );
    const modes = nothingApplied(ROOT);
    for (const problem of this.restoreModes()) this.#problem(problem, modes);
    return [...byParent.values(), ...(modes.problems.length > 0 ? [modes] : [])];
  }

  /** Gives directories their modes; to be called however the run ends, else the next scan takes those for edits. */
  restoreModes(): Problem[] {
    return this.#modes.restore();
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
    const underWay = new Backlog(ENTRIES_AHEAD);
    for (const [begun, step] of carried.entries()) {
      if (isPartOfTree(step)) continue;
      underWay.follow(1, this.#carry(parent, step, applied));
      await underWay.room(entriesAhead(begun));
    }
    await Promise.all([...tree, underWay.drained()]);
  }

  #decide(parent: RelPath, want: Wanted, current: LocalDirectory, isTold: boolean, applied: Applied): Step | undefined {
    const { replica, policy } = this.#options;
    const path = joinPath(parent, want.entry.name);
    const kind = kindHere(want.entry, findEntry(current, want.entry.name));
    if (replica.ignores(path, kind)) return undefined; // hidden here: neither taken nor a problem
    const step = checkTarget(path, want.entry) ?? decideStep(path, want, current, policy, isTold);
    if (step === undefined || !('code' in step)) return step;
    this.#problem(step, applied);
    return undefined;
  }

  async #carry(parent: RelPath, step: Step, applied: Applied): Promise<void> {
    const { target, mine } = step;
    try {
      if (step.action === 'record') await this.#commit(parent, step, { kind: 'record' }, NO_COUNTS, applied);
      else if (step.action === 'delete') this.#last.remove(parent, step);
      else if (isReplacedDirectory(step)) {
        this.#last.replace(parent, step);
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
      await this.#commit(parent, step, { kind: 'link', target: link }, NO_COUNTS, applied);
      return;
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
    const { path, mine } = step;
    const copies = placeDirectory(this.#options.replica, parent, step);
    this.#told.coming(path, mine);
    this.#modes.placed(step);
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

  /** Gives the target as it was recorded, or undefined if that failed, which has been told then. */
  async #commit(
    parent: RelPath,
    step: Step,
    work: Work,
    counts: DeltaCounts,
    applied: Applied,
  ): Promise<LocalEntry | undefined> {
    const committed = this.#options.committer.commit({ parent, step, work });
    try {
      const [recorded] = await committed.finally(() => this.#told.settled(step.path));
      this.#committed(parent, step, work, counts, applied);
      return recorded;
    } catch (error) {
      await this.#failed(parent, step, error, applied);
      return undefined;
    }
  }

  #committed(parent: RelPath, step: Step, work: Work, counts: DeltaCounts, applied: Applied): void {
    const { action, target, preserve } = step;
    if (action === 'record') return;
    if (preserve?.make === true) this.#change(parent, copyMade(preserve.entry), applied);
    const bytes = work.kind === 'file' || work.kind === 'new-file' ? target.size : 0;
    this.#change(parent, { name: target.name, action, bytes, ...counts }, applied);
  }

  async #failed(parent: RelPath, step: Step, error: unknown, applied: Applied): Promise<void> {
    const problem = problemOf(step.path, error);
    const { state } = this.#options.replica;
    if (problem.code === 'changed' && (await isInstalledMeanwhile(state, parent, step.target))) return;
    this.#problem(problem, applied);
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
