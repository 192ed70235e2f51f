/**
 * The modes that directories get when a run is over: as long as it goes on, its owner can write into each that is filled
 * (docs/DESIGN.md, "Apply").
 */
import { finishDirectory, unlockDirectory } from '../apply/directory.js';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { type RelPath, ROOT } from '../model/path.js';
import type { Problem } from '../model/problem.js';
import type { Step } from './decide-step.js';
import { problemOf } from './problem-of.js';

/** What filling a directory needs; one without it gets its mode at the end. */
const FILLING = 0o700;

export class DirectoryModes {
  readonly #root: AnchoredRoot;
  readonly #modes: { readonly path: RelPath; readonly mode: number }[] = [];

  constructor(root: AnchoredRoot) {
    this.#root = root;
  }

  /** Opens a directory whose owner may not write into it, for as long as the run does. */
  unlock(path: RelPath): void {
    if (path === ROOT) return;
    try {
      const mode = unlockDirectory(this.#root, path);
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
          finishDirectory(this.#root, path, mode);
          return [];
        } catch (error) {
          return [problemOf(path, error)];
        }
      });
  }
}
