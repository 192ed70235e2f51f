/**
 * `--only`: the paths that fast-glob's patterns select. fast-glob is not let loose on the disk, where one name
 * that is no UTF-8 makes it return nothing: it walks a listing that the scan has read already, one directory
 * at a time, and so tells both what is selected and which directories can still hold something selected.
 *
 * A pattern without wildcards that names a directory selects all of it.
 */
import { createRequire } from 'node:module';
import { textOf } from '../model/byte-string.js';
import type { Name, RelPath } from '../model/path.js';
import { componentsOf } from '../model/path.js';

export interface Candidate {
  readonly name: Name;
  readonly isDirectory: boolean;
}

/** Where the imaginary tree stands. */
const TOP = '/p2psync';

/**
 * fast-glob's `.` and `*` do not match line ends, which names may hold: in names and patterns they are
 * replaced by characters of the private use area.
 */
const LINE_ENDS: ReadonlyMap<string, string> = new Map([
  ['\n', '\uE00A'],
  ['\r', '\uE00D'],
  ['\u2028', '\uE028'],
  ['\u2029', '\uE029'],
]);

export class OnlyPatterns {
  readonly #patterns: readonly string[];

  constructor(patterns: readonly string[]) {
    const { isDynamicPattern } = fastGlob();
    this.#patterns = patterns.map(plain).flatMap((pattern) => {
      const path = pattern.replace(/^\.?\/+/, '').replace(/\/+$/, '');
      return isDynamicPattern(path) ? [path] : [path, `${path}/**/*`];
    });
  }

  /** Which of the names in a directory are selected, or are directories in which something may be. */
  select(directory: RelPath, candidates: readonly Candidate[]): ReadonlySet<Name> {
    const tree = new ImaginaryTree(directory, candidates);
    const paths = fastGlob().sync([...this.#patterns], {
      cwd: TOP,
      dot: true,
      onlyFiles: false,
      followSymbolicLinks: false,
      unique: false,
      fs: tree.fs,
    });
    for (const path of paths) tree.select(path);
    return tree.selected;
  }
}

/** The pattern that selects this path alone. */
export function exactly(path: RelPath): string {
  return textOf(path).replace(/[\\*?|(){}[\]!@+,]/g, '\\$&');
}

type FastGlob = typeof import('fast-glob');
let loaded: FastGlob | undefined;

/** Loaded only for `--only`: loading it takes 60 ms. */
function fastGlob(): FastGlob {
  loaded ??= createRequire(import.meta.url)('fast-glob') as FastGlob;
  return loaded;
}

/** One directory's listing under the chain of directories that leads to it; nothing else exists. */
class ImaginaryTree {
  readonly selected = new Set<Name>();
  readonly #parent: string;
  readonly #chain: string[];
  /** Several names that are no UTF-8 may look alike; they are selected alike. */
  readonly #byText = new Map<string, Candidate[]>();

  constructor(directory: RelPath, candidates: readonly Candidate[]) {
    this.#chain = componentsOf(directory).map((name) => plain(textOf(name)));
    this.#parent = [TOP, ...this.#chain].join('/');
    for (const candidate of candidates) {
      const text = plain(textOf(candidate.name));
      const alike = this.#byText.get(text);
      if (alike === undefined) this.#byText.set(text, [candidate]);
      else alike.push(candidate);
    }
  }

  select(path: string): void {
    const at = `${TOP}/${path}`;
    if (!at.startsWith(`${this.#parent}/`)) return;
    this.#add(at.slice(this.#parent.length + 1));
  }

  /** The part of node:fs that fast-glob's synchronous walk uses. */
  get fs(): object {
    const lstatSync = (path: string): object => {
      const isDirectory = this.#isDirectory(path);
      if (isDirectory === undefined) throw missing(path);
      return new Imagined('', isDirectory);
    };
    return { lstatSync, statSync: lstatSync, readdirSync: (path: string) => this.#list(path) };
  }

  #isDirectory(path: string): boolean | undefined {
    if (path === TOP || this.#parent === path || this.#parent.startsWith(`${path}/`)) return true;
    if (!path.startsWith(`${this.#parent}/`)) return undefined;
    const found = this.#byText.get(path.slice(this.#parent.length + 1));
    return found?.some(({ isDirectory }) => isDirectory);
  }

  #list(path: string): Imagined[] {
    if (path === this.#parent) {
      return [...this.#byText].map(
        ([name, alike]) =>
          new Imagined(
            name,
            alike.some(({ isDirectory }) => isDirectory),
          ),
      );
    }
    if (path === TOP || this.#parent.startsWith(`${path}/`)) {
      const depth = path === TOP ? 0 : path.slice(TOP.length + 1).split('/').length;
      return [new Imagined(this.#chain[depth] as string, true)];
    }
    // fast-glob looks into a directory of the listing: something in it could be selected.
    if (path.startsWith(`${this.#parent}/`)) this.#add(path.slice(this.#parent.length + 1));
    return [];
  }

  #add(text: string): void {
    for (const { name } of this.#byText.get(text) ?? []) this.selected.add(name);
  }
}

/** A Dirent and a Stats in one, as far as fast-glob asks. */
class Imagined {
  readonly name: string;
  readonly #directory: boolean;

  constructor(name: string, directory: boolean) {
    this.name = name;
    this.#directory = directory;
  }

  isDirectory = (): boolean => this.#directory;
  isFile = (): boolean => !this.#directory;
  isSymbolicLink = (): boolean => false;
  isBlockDevice = (): boolean => false;
  isCharacterDevice = (): boolean => false;
  isFIFO = (): boolean => false;
  isSocket = (): boolean => false;
}

function missing(path: string): Error {
  return Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
}

function plain(text: string): string {
  return text.replace(/[\n\r\u2028\u2029]/g, (end) => LINE_ENDS.get(end) ?? end);
}
