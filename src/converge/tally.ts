/** Adds up a run's events into the figures of its summary. */
import type { ChangeAction, DeltaCounts, Emit, Summary, SyncEvent } from '../model/event.js';
import type { RelPath } from '../model/path.js';

/** The part of a summary that is added up. */
export type Figures = DeltaCounts &
  Pick<Summary, 'created' | 'updated' | 'metadata' | 'deleted' | 'restored' | 'conflicts' | 'problems'>;

export const NO_FIGURES: Figures = {
  created: 0,
  updated: 0,
  metadata: 0,
  deleted: 0,
  restored: 0,
  conflicts: 0,
  problems: 0,
  literalBytes: 0,
  matchedBytes: 0,
  reusedBytes: 0,
};

const COUNTED: Readonly<
  Record<Exclude<ChangeAction, 'conflict'>, 'created' | 'updated' | 'metadata' | 'deleted' | 'restored'>
> = {
  create: 'created',
  update: 'updated',
  metadata: 'metadata',
  delete: 'deleted',
  restore: 'restored',
};

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class Tally {
  readonly #emit: Emit;
  readonly #conflicts = new Set<string>();
  #fatal = 0;
  #left = 0;
  readonly #figures: Writable<Figures> = { ...NO_FIGURES };

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /** Passes an event on and counts it. */
  readonly emit: Emit = (event: SyncEvent) => {
    if (event.type === 'change') this.#change(event);
    if (event.type === 'conflict') this.#conflicts.add(event.copy);
    if (event.type === 'problem') {
      this.#figures.problems++;
      if (event.fatal) this.#fatal++;
    }
    this.#emit(event);
  };

  get figures(): Figures {
    return { ...this.#figures, conflicts: this.#conflicts.size };
  }

  /** Problems that make the run partial. */
  get fatal(): number {
    return this.#fatal;
  }

  /** A conflict that nobody was to resolve (`--conflict fail`). */
  leaveConflict(path: RelPath): void {
    this.#left++;
    this.#conflicts.add(path);
  }

  /** Conflicts that stand as they were found, so that the folders are not equal. */
  get left(): number {
    return this.#left;
  }

  #change(event: { readonly action: ChangeAction; readonly path: RelPath } & DeltaCounts): void {
    const figures = this.#figures;
    // A conflict is counted once, not for each of its copies; the copy of an earlier one is a new file where it arrives.
    if (event.action !== 'conflict') figures[COUNTED[event.action]]++;
    else if (!this.#conflicts.has(event.path)) figures.created++;
    figures.literalBytes += event.literalBytes;
    figures.matchedBytes += event.matchedBytes;
    figures.reusedBytes += event.reusedBytes;
  }
}
