/** What a scan found, in figures, and what it could not settle by itself. */
import type { AnchoredRoot } from '../disk/anchored-root.js';
import type { LocalEntry } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import type { Problem } from '../model/problem.js';
import type { Filter } from './filter.js';

export interface ScanResult {
  /** Synchronised entries on the disk. */
  readonly files: number;
  readonly directories: number;
  readonly symlinks: number;
  /** Of those files. */
  readonly bytes: number;
  /** Files whose content was read. */
  readonly hashedFiles: number;
  readonly hashedBytes: number;
  /** Entries with a new version. */
  readonly changed: number;
  /**
   * Recorded entries that are not on the disk any more. They stand in the state as if they were, until
   * `settleMissing` says what that means; nothing may be served before.
   */
  readonly missing: number;
  /** The first {@link PROBLEMS_MAX}; `problemCount` counts all. */
  readonly problems: readonly Problem[];
  readonly problemCount: number;
  /** False if anything could not be looked at: then nothing may be inferred to be deleted. */
  readonly complete: boolean;
  readonly seconds: number;
  /** For `settleMissing`. */
  readonly gone: Gone;
}

export interface Gone {
  readonly root: AnchoredRoot;
  readonly filter: Filter;
  readonly paths: readonly GonePath[];
}

export interface GonePath {
  readonly path: RelPath;
  /** What was recorded; undefined: something else stands there now, and only what was below it is gone. */
  readonly recorded: LocalEntry | undefined;
  /** Device of the directory that should hold it. */
  readonly dev: number;
}

/** Problems that are told one by one; a tree of a million hard links is no reason to fill the memory. */
export const PROBLEMS_MAX = 1000;

export class ProblemLog {
  readonly list: Problem[] = [];
  count = 0;
  complete = true;

  add(problem: Problem): void {
    this.count++;
    if (this.list.length < PROBLEMS_MAX) this.list.push(problem);
  }

  /** Something could not be looked at: what is recorded of it stays, and so does everything below. */
  unseen(code: 'unreadable' | 'changed', path: RelPath, message: string): void {
    this.complete = false;
    this.add({ code, path, message, fatal: true });
  }
}
