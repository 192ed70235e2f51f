/**
 * `.p2psyncignore` files: gitignore's syntax and meaning, nested. Every pattern is rewritten so that it is
 * relative to the folder's root, and all those that govern a directory are held in one list from the root
 * downwards: then "the last matching pattern decides" is just what git does. (README.md)
 */
import ignore, { type Ignore } from 'ignore';

/** Name of the files that hold rules; they are synchronised as any other file. */
export const IGNORE_FILE = '.p2psyncignore';

/** Paths that one matcher judges before it is replaced: it remembers every path that it was asked about. */
const REMEMBERED_MAX = 4096;

/** The rules that govern the names in one directory. */
export class IgnoreRules {
  static readonly none = new IgnoreRules([]);
  /** Rewritten patterns, the root's first. */
  readonly #patterns: readonly string[];
  #matcher: Ignore | undefined;
  #asked = 0;

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns;
  }

  get isEmpty(): boolean {
    return this.#patterns.length === 0;
  }

  /** These rules and those that stand in `text`, the ignore file of `directory` ('' for the root). */
  with(text: string, directory: string): IgnoreRules {
    const added = patternsOf(text).flatMap((line) => anchored(line, directory));
    return added.length === 0 ? this : new IgnoreRules([...this.#patterns, ...added]);
  }

  /** Whether the path, relative to the root, is ignored, itself or by a directory above it. */
  ignores(path: string, isDirectory: boolean): boolean {
    if (this.isEmpty) return false;
    if (this.#matcher === undefined || this.#asked++ > REMEMBERED_MAX) {
      // git distinguishes case unless told otherwise; this package does not.
      const empty = ignore({ ignorecase: false, allowRelativePaths: true });
      this.#matcher = empty.add(this.#matcher ?? this.#patterns.map((pattern) => ({ pattern })));
      this.#asked = 0;
    }
    return this.#matcher.ignores(isDirectory ? `${path}/` : path);
  }
}

/** The lines that are patterns. A byte order mark and comments are dropped, as git does. */
function patternsOf(text: string): string[] {
  const lines = (text.startsWith('\uFEFF') ? text.slice(1) : text).split(/\r?\n/);
  return lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

/**
 * A pattern of `directory` as a pattern of the root. Without a slash inside it matches at any depth below
 * its directory; with one it starts there.
 */
function anchored(line: string, directory: string): string[] {
  const negative = line.startsWith('!');
  const body = withoutTrailingSpaces(negative ? line.slice(1) : line);
  if (body === '' || body === '/') return [];
  if (directory === '') return [negative ? `!${body}` : body];
  // Behind a prefix a leading `\#` or `\!` needs no backslash any more.
  const pattern = body.replace(/^\\(?=[#!])/, '');
  const isAnchored = pattern.slice(0, -1).includes('/');
  const below = isAnchored ? pattern.replace(/^\//, '') : `**/${pattern}`;
  return [`${negative ? '!' : ''}/${escaped(directory)}/${below}`];
}

/** Spaces at the end do not count unless quoted with a backslash. */
function withoutTrailingSpaces(pattern: string): string {
  return pattern.replace(/(?<!\\) +$/, '');
}

/** A directory's name as a pattern that matches just that name. */
function escaped(directory: string): string {
  return directory.replace(/[\\*?[\]!#]/g, '\\$&');
}
