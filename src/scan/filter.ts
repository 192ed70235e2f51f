/**
 * What a replica leaves out: paths that `.p2psyncignore` files ignore (a newly ignored path is no deletion),
 * and paths that `--exclude` and `--only` hide for one run (their records stay as they are). One filter serves
 * many scans; each scan reads the ignore files anew.
 */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { byteStringOfText, textOf } from '../model/byte-string.js';
import type { Kind } from '../model/entry.js';
import { joinPath, type Name, nameOf, parentOf, type RelPath, ROOT } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import { IGNORE_FILE, IgnoreRules } from './ignore-rules.js';
import { type Candidate, OnlyPatterns } from './only-patterns.js';

/** Bytes of an ignore file that are read; a larger one is taken for an accident and reported by the scan. */
const IGNORE_FILE_MAX = 1024 * 1024;
/** Directories whose rules are remembered for single questions. */
const REMEMBERED_MAX = 4096;
const IGNORE_NAME = byteStringOfText(IGNORE_FILE) as Name;

export type Verdict = 'taken' | 'ignored' | 'hidden';

export interface FilterOptions {
  readonly root: AnchoredRoot;
  /** fast-glob patterns; empty: everything. */
  readonly only?: readonly string[];
  /** gitignore patterns, relative to the root. */
  readonly exclude?: readonly string[];
}

/** The rules in one directory, for the scan. */
export interface DirectoryFilter {
  /** False when everything is taken, so that nobody need ask. */
  readonly isActive: boolean;
  judge(candidates: readonly Candidate[]): ReadonlyMap<Name, Verdict>;
}

export interface Filter {
  /** Whether this replica neither shows the path to the group nor takes it from it. */
  hides(path: RelPath, kind: Kind): boolean;
  /** Whether an ignore file says so. */
  isIgnored(path: RelPath, kind: Kind): boolean;
  /** Reads the ignore file of `directory` anew, if it has one; parents come first. Throws if it is unreadable. */
  enter(directory: RelPath, hasIgnoreFile: boolean): DirectoryFilter;
}

export function createFilter({ root, only = [], exclude = [] }: FilterOptions): Filter {
  return new RuleFilter(root, only, exclude);
}

class RuleFilter implements Filter {
  readonly #root: AnchoredRoot;
  readonly #excluded: IgnoreRules;
  readonly #only: OnlyPatterns | undefined;
  /** Only directories that a question or the scan has met; the oldest are forgotten. */
  readonly #rules = new Map<RelPath, IgnoreRules>();

  constructor(root: AnchoredRoot, only: readonly string[], exclude: readonly string[]) {
    this.#root = root;
    this.#excluded = IgnoreRules.none.with(exclude.join('\n'), '');
    this.#only = only.length === 0 ? undefined : new OnlyPatterns(only);
  }

  hides(path: RelPath, kind: Kind): boolean {
    if (path === ROOT) return false;
    return this.isIgnored(path, kind) || this.#isHidden(path, kind === 'directory');
  }

  /** With rules that cannot be read nothing may be taken: it could be what they ignore. */
  isIgnored(path: RelPath, kind: Kind): boolean {
    try {
      return this.#isIgnored(path, kind);
    } catch (error) {
      if (error instanceof SyncError) return true;
      throw error;
    }
  }

  #isIgnored(path: RelPath, kind: Kind): boolean {
    if (path === ROOT) return false;
    for (let parent = parentOf(path); parent !== ROOT; parent = parentOf(parent)) {
      if (this.#rulesIn(parentOf(parent)).ignores(textOf(parent), true)) return true;
    }
    return this.#rulesIn(parentOf(path)).ignores(textOf(path), kind === 'directory');
  }

  enter(directory: RelPath, hasIgnoreFile: boolean): DirectoryFilter {
    const above = directory === ROOT ? IgnoreRules.none : this.#rulesIn(parentOf(directory));
    const rules = hasIgnoreFile ? above.with(this.#read(directory), textOf(directory)) : above;
    this.#remember(directory, rules);
    return {
      isActive: !rules.isEmpty || !this.#excluded.isEmpty || this.#only !== undefined,
      judge: (candidates) => this.#judge(directory, rules, candidates),
    };
  }

  #judge(directory: RelPath, rules: IgnoreRules, candidates: readonly Candidate[]): ReadonlyMap<Name, Verdict> {
    const selected = this.#only?.select(directory, candidates);
    const verdicts = new Map<Name, Verdict>();
    for (const { name, isDirectory } of candidates) {
      const path = textOf(joinPath(directory, name));
      const hidden = this.#excluded.ignores(path, isDirectory) || (selected !== undefined && !selected.has(name));
      verdicts.set(name, hidden ? 'hidden' : rules.ignores(path, isDirectory) ? 'ignored' : 'taken');
    }
    return verdicts;
  }

  #isHidden(path: RelPath, isDirectory: boolean): boolean {
    if (this.#excluded.ignores(textOf(path), isDirectory)) return true;
    if (this.#only === undefined) return false;
    const name = nameOf(path);
    return !this.#only.select(parentOf(path), [{ name, isDirectory }]).has(name);
  }

  /** The rules for the names in a directory: its own file's and those of all directories above. */
  #rulesIn(directory: RelPath): IgnoreRules {
    const known = this.#rules.get(directory);
    if (known !== undefined) return known;
    const above = directory === ROOT ? IgnoreRules.none : this.#rulesIn(parentOf(directory));
    const rules = above.with(this.#read(directory), textOf(directory));
    this.#remember(directory, rules);
    return rules;
  }

  #remember(directory: RelPath, rules: IgnoreRules): void {
    this.#rules.delete(directory);
    this.#rules.set(directory, rules);
    const oldest = this.#rules.keys().next();
    if (this.#rules.size > REMEMBERED_MAX && oldest.value !== undefined) this.#rules.delete(oldest.value);
  }

  /** The text of the ignore file; empty when there is none. Anything but a readable regular file has no say. */
  #read(directory: RelPath): string {
    const path = joinPath(directory, IGNORE_NAME);
    let fd: number;
    try {
      fd = fs.openSync(this.#root.at(path), fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      // A directory that is not there (yet), or is none: no rules. A file that is there must be readable.
      if (error instanceof SyncError || ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(code ?? '')) return '';
      throw new SyncError(
        'io',
        `the rules in ${textOf(path)} cannot be read (${code}); nothing is synchronised without them`,
        { cause: error },
      );
    }
    try {
      const stats = fs.fstatSync(fd);
      if (!stats.isFile()) return '';
      if (stats.size > IGNORE_FILE_MAX) {
        throw new SyncError(
          'usage',
          `expected at most ${IGNORE_FILE_MAX} bytes of rules in ${textOf(path)}, found ${stats.size}`,
        );
      }
      return fs.readFileSync(fd, 'utf8');
    } finally {
      fs.closeSync(fd);
    }
  }
}
