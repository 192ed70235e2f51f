/**
 * The modes that directories get when a run is over: as long as it goes on, its owner can write into each that is filled
 * (docs/DESIGN.md, "Apply").
 */
import { finishDirectory, unlockDirectory } from '../apply/directory.js';
import { nameOf, parentOf, type RelPath, ROOT } from '../model/path.js';
import type { Problem } from '../model/problem.js';
import { findEntry } from '../tree/edit-directory.js';
import type { Step } from './decide-step.js';
import { problemOf } from './problem-of.js';
import type { Replica } from './replica.js';

/** What filling a directory needs; one without it gets its mode at the end. */
const FILLING = 0o700;

export class DirectoryModes {
  readonly #replica: Pick<Replica, 'root' | 'state'>;
  readonly #modes: { readonly path: RelPath; readonly mode: number }[] = [];

  constructor(replica: Pick<Replica, 'root' | 'state'>) {
    this.#replica = replica;
  }

  /** Opens a directory whose owner may not write into it, for as long as the run does. */
  unlock(path: RelPath): void {
    const { root, state } = this.#replica;
    const recorded = path === ROOT ? undefined : findEntry(state.directory(parentOf(path)) ?? [], nameOf(path));
    if (recorded?.kind !== 'directory' || (recorded.mode & FILLING) === FILLING) return;
    try {
      const mode = unlockDirectory(root, path);
      if (mode !== undefined) this.#modes.push({ path, mode });
    } catch {
      // Another user's, or gone: whatever is to be installed in it says so.
    }
  }

  /** A directory was made by this step, or was there and is to have another mode. */
  placed({ path, mine, target }: Step): void {
    if (mine?.kind === 'directory' || (target.mode & FILLING) !== FILLING) {
      this.#modes.push({ path, mode: target.mode });
    }
  }

  /** Gives them their modes, once, children first. */
  restore(): Problem[] {
    return this.#modes
      .splice(0)
      .reverse()
      .flatMap(({ path, mode }) => {
        try {
          finishDirectory(this.#replica.root, path, mode);
          return [];
        } catch (error) {
          return [problemOf(path, error)];
        }
      });
  }
}
