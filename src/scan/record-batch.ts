/**
 * Changes to be recorded, many directories in one transaction. Several processes may scan and install at once:
 * a change is applied only if the entry is still the one that it was derived from; otherwise the stored one
 * stays, and the next scan decides.
 */
import { sameStat } from '../disk/local-stat.js';
import type { LocalEntry } from '../model/entry.js';
import type { Name, RelPath } from '../model/path.js';
import { compareVectors } from '../model/version-vector.js';
import type { DirectoryEdit, FolderState, LocalDirectory } from '../state/folder-state.js';
import { findEntry, putEntries, removeEntry } from '../tree/edit-directory.js';

/** Entries in one transaction: about 25 ms in which nobody else has a turn. */
const ENTRIES_MAX = 4096;
/** Milliseconds after which a transaction is due, so that a scan that is killed need not hash all again. */
const AGE_MAX = 2000;

interface Change {
  readonly name: Name;
  readonly before: LocalEntry | undefined;
  /** Undefined: the entry is forgotten. */
  readonly after: LocalEntry | undefined;
}

export class RecordBatch {
  readonly #state: FolderState;
  /** In the order in which they were first met: parents before children when scanning. */
  #changes = new Map<RelPath, Change[]>();
  #entries = 0;
  #since = 0;

  constructor(state: FolderState) {
    this.#state = state;
  }

  /** Records `after` for its name in `directory`, derived from `before`. */
  add(directory: RelPath, before: LocalEntry | undefined, after: LocalEntry): void {
    this.#add(directory, { name: after.name, before, after });
  }

  /** Forgets the entry. */
  forget(directory: RelPath, before: LocalEntry): void {
    this.#add(directory, { name: before.name, before, after: undefined });
  }

  get isDue(): boolean {
    return this.#entries >= ENTRIES_MAX || (this.#entries > 0 && performance.now() - this.#since > AGE_MAX);
  }

  /** Nothing is written, and no transaction begun, when nothing changed. */
  flush(): void {
    if (this.#entries === 0) return;
    const edits: DirectoryEdit[] = [...this.#changes].map(([path, changes]) => ({
      path,
      edit: (current) => applied(current ?? [], changes),
    }));
    this.#changes = new Map();
    this.#entries = 0;
    this.#state.update(edits);
  }

  #add(directory: RelPath, change: Change): void {
    if (this.#entries === 0) this.#since = performance.now();
    const known = this.#changes.get(directory);
    if (known === undefined) this.#changes.set(directory, [change]);
    else known.push(change);
    this.#entries++;
  }
}

function applied(current: LocalDirectory, changes: readonly Change[]): LocalDirectory {
  const still = changes.filter(({ name, before }) => isStill(findEntry(current, name), before));
  const put = putEntries(
    current,
    still.flatMap(({ after }) => after ?? []),
  );
  return still.reduce((left, { name, after }) => (after === undefined ? removeEntry(left, name) : left), put);
}

/** Whether the stored entry is the one that was read; what lies below it may have changed. */
function isStill(stored: LocalEntry | undefined, read: LocalEntry | undefined): boolean {
  if (stored === read) return true;
  if (stored === undefined || read === undefined) return false;
  if (stored.kind !== read.kind || stored.digest !== read.digest || stored.mode !== read.mode) return false;
  if (stored.mtime !== read.mtime || compareVectors(stored.vector, read.vector) !== 'equal') return false;
  if (stored.stat === undefined || read.stat === undefined) return stored.stat === read.stat;
  return sameStat(stored.stat, read.stat);
}
