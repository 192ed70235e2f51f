/** The names in one directory, as exact bytes, sorted; and that it is the directory that was meant. */
import fs, { type Stats } from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import type { Name, RelPath } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';

export interface Listing {
  readonly names: readonly Name[];
  /** Device that holds the directory. */
  readonly dev: number;
}

/**
 * `seen`: the directory's stat as its parent showed it; undefined for the root. A handle that is still open
 * from before a rename leads to another directory: it is dropped and opened anew.
 */
export function listDirectory(root: AnchoredRoot, path: RelPath, seen: Stats | undefined): Listing {
  let stats = fs.statSync(root.directory(path));
  if (seen !== undefined && !isSame(stats, seen)) {
    root.forget(path);
    stats = fs.statSync(root.directory(path));
    if (!isSame(stats, seen)) throw new SyncError('changed', 'was replaced while it was scanned');
  }
  if (seen === undefined && stats.nlink === 0) {
    throw new SyncError('not-joined', `the folder ${root.path} was removed; nothing can be said of its files`);
  }
  const names = fs.readdirSync(root.directory(path), { encoding: 'latin1' }).sort();
  return { names: withoutTwins(names) as Name[], dev: stats.dev };
}

function isSame(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

/** A directory that changes while it is read may show a name twice. */
function withoutTwins(names: string[]): string[] {
  for (let i = 1; i < names.length; i++) {
    if (names[i] === names[i - 1]) return [...new Set(names)];
  }
  return names;
}
