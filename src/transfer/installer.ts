/**
 * The receiving end: takes target entries for one directory after another (parents first), checks each
 * against what this replica holds *now*, obtains the content and hands it to the committer. A target is
 * installed only if it wins the same merge that planned it; so a stale plan or a lying peer replaces
 * nothing that it has not superseded (docs/DESIGN.md, "The planner proposes, the receiver enforces").
 */
import { finishDirectory } from '../apply/directory.js';
import { type Entry, isLive, type LocalEntry, sameContent } from '../model/entry.js';
import type { ChangeAction, DeltaCounts } from '../model/event.js';
import { joinPath, type RelPath } from '../model/path.js';
import type { Problem } from '../model/problem.js';
import { isConflictCopy } from '../plan/conflict-name.js';
import { enforce } from '../plan/enforce.js';
import type { Policy } from '../plan/policy.js';
import { findEntry } from '../tree/edit-directory.js';
import type { Change } from '../wire/message.js';
import { placeDirectory, type Work } from './carry-out.js';
import { type Committer, NO_COUNTS } from './committer.js';
import type { ContentSource } from './content-source.js';
import { Obtainer } from './obtain.js';
import { problemOf } from './problem-of.js';
import type { Replica } from './replica.js';

/** What filling a directory needs; one without it gets its mode at the end. */
const FILLING = 0o700;

/** What became of one directory's targets. */
export interface Applied {
  readonly path: RelPath;
  readonly changes: Change[];
  readonly problems: Problem[];
}

/** One target with the sources that hold its content, best first. */
export interface Wanted {
  readonly entry: Entry;
  readonly sources: readonly ContentSource[];
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
  /** Deletions wait for everything else, then go children first. */
  readonly #removals: { readonly parent: RelPath; readonly step: Step }[] = [];
  readonly #modes: { readonly path: RelPath; readonly mode: number }[] = [];

  constructor(options: InstallerOptions) {
    this.#options = options;
    this.#obtainer = new Obtainer(options.replica);
  }

  /**
   * Installs targets of the directory `parent`. Directories are made before this returns its promise, so
   * that the next call may be for a child; everything else goes on meanwhile.
   */
  async apply(parent: RelPath, wanted: readonly Wanted[]): Promise<Applied> {
    const applied: Applied = { path: parent, changes: [], problems: [] };
    const current = this.#options.replica.state.directory(parent) ?? [];
    const decided = wanted.flatMap((want) => this.#decide(parent, want, findEntry(current, want.entry.name), applied));
    const covered = new Set(decided.flatMap(({ copies }) => copies.map((copy) => copy.name)));
    const steps = decided
      .filter(({ target }) => !covered.has(target.name)) // a conflict copy that installing its original makes anyway
      .map((step) => this.#carry(parent, step, applied));
    await Promise.all(steps);
    return applied;
  }

  /** What had to wait for everything else: deletions (children first) and modes of directories. */
  async finish(): Promise<Applied[]> {
    const byParent = new Map<RelPath, Applied>();
    for (const { parent, step } of this.#removals.reverse()) {
      const applied = byParent.get(parent) ?? { path: parent, changes: [], problems: [] };
      byParent.set(parent, applied);
      await this.#commit(parent, step, { kind: 'remove' }, NO_COUNTS, applied);
    }
    for (const { path, mode } of this.#modes.reverse()) finishDirectory(this.#options.replica.root, path, mode);
    return [...byParent.values()];
  }

  /** What may be done about one target; problems and refusals are noted. */
  #decide(parent: RelPath, { entry, sources }: Wanted, mine: LocalEntry | undefined, applied: Applied): Step[] {
    const { replica, policy } = this.#options;
    const path = joinPath(parent, entry.name);
    if (replica.ignores(path, entry.kind)) return []; // hidden here: neither taken nor a problem
    const enforcement = enforce(mine, entry, policy);
    switch (enforcement.action) {
      case 'nothing':
        return [];
      case 'refuse':
        applied.problems.push({ code: 'refused', path, message: enforcement.reason, fatal: true });
        return [];
      case 'record':
      case 'install':
        return [
          {
            path,
            mine,
            target: enforcement.target,
            copies: enforcement.copies,
            sources,
            onDisk: enforcement.action === 'install',
          },
        ];
    }
  }

  async #carry(parent: RelPath, step: Step, applied: Applied): Promise<void> {
    const { path, target, mine, sources } = step;
    try {
      if (!step.onDisk) return await this.#commit(parent, step, { kind: 'record' }, NO_COUNTS, applied);
      if (target.kind === 'deleted') return void this.#removals.push({ parent, step });
      if (target.kind === 'directory') return await this.#directory(parent, step, applied);
      if (mine !== undefined && sameContent(mine, target))
        return await this.#commit(parent, step, { kind: 'metadata' }, NO_COUNTS, applied);
      if (target.kind === 'symlink') {
        const link = await this.#obtainer.link(path, target, sources);
        return await this.#commit(parent, step, { kind: 'link', target: link }, NO_COUNTS, applied);
      }
      await this.#obtainer.with(path, target, mine, sources, ({ staged, counts }) =>
        this.#commit(parent, step, { kind: 'file', staged }, counts, applied),
      );
    } catch (error) {
      applied.problems.push(problemOf(path, error));
    }
  }

  /** Makes a directory at once, because children follow; a file in its way becomes its conflict copy. */
  async #directory(parent: RelPath, step: Step, applied: Applied): Promise<void> {
    const { path, mine, target } = step;
    const copies = placeDirectory(this.#options.replica, parent, mine, target, step.copies);
    if (mine?.kind === 'directory' || (target.mode & FILLING) !== FILLING)
      this.#modes.push({ path, mode: target.mode });
    await this.#commit(parent, step, { kind: 'directory', copies }, NO_COUNTS, applied);
  }

  async #commit(parent: RelPath, step: Step, work: Work, counts: DeltaCounts, applied: Applied): Promise<void> {
    try {
      await this.#options.committer.commit({ parent, mine: step.mine, target: step.target, copies: step.copies, work });
    } catch (error) {
      applied.problems.push(problemOf(step.path, error));
      return;
    }
    if (work.kind === 'record') return;
    const change: Change = {
      name: step.target.name,
      action: actionOf(step),
      bytes: work.kind === 'file' ? step.target.size : 0,
      ...counts,
    };
    for (const done of [...step.copies.map(copyChange), change]) {
      applied.changes.push(done);
      this.#options.onChange?.(parent, done);
    }
  }
}

/** A target that this replica's rules accept. */
interface Step {
  readonly path: RelPath;
  readonly mine: LocalEntry | undefined;
  readonly target: Entry;
  readonly copies: readonly Entry[];
  readonly sources: readonly ContentSource[];
  /** False: only the history is to be recorded. */
  readonly onDisk: boolean;
}

function copyChange(copy: Entry): Change {
  return { name: copy.name, action: 'conflict', bytes: copy.size, ...NO_COUNTS, reusedBytes: copy.size };
}

function actionOf({ mine, target }: Step): ChangeAction {
  if (target.kind === 'deleted') return 'delete';
  if (isConflictCopy(target)) return 'conflict';
  if (mine === undefined) return 'create';
  if (!isLive(mine)) return 'restore';
  return sameContent(mine, target) ? 'metadata' : 'update';
}
