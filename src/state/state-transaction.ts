/**
 * One write transaction over directory records: reads go through what was already changed in it, each
 * changed record is written once at the end, and every change marks the summaries above it.
 */
import type { LocalEntry } from '../model/entry.js';
import { joinPath, nameOf, parentOf, type RelPath, ROOT } from '../model/path.js';
import { encodeRecord, restamp, sameEntries } from './directory-record.js';
import type { DirectoryEdit, LocalDirectory } from './folder-state.js';
import type { StateEnv } from './state-env.js';
import { directoryKey } from './state-keys.js';
import { keepSummaries, markName } from './summaries.js';

interface Held {
  /** As stored when the transaction first looked. */
  readonly stored: Buffer | undefined;
  entries: LocalDirectory | undefined;
  /** The entries in an array that nobody else has, once they were edited: all children of a wide directory mark theirs in it. */
  own: LocalEntry[] | undefined;
  changed: boolean;
}

export class StateTransaction {
  /** Whether the root's summary must be computed anew. */
  rootMarked = false;
  readonly #env: StateEnv;
  readonly #decode: (path: RelPath, record: Buffer) => LocalDirectory | undefined;
  readonly #held = new Map<RelPath, Held>();

  constructor(env: StateEnv, decode: (path: RelPath, record: Buffer) => LocalDirectory | undefined) {
    this.#env = env;
    this.#decode = decode;
  }

  /** Applies one edit; `onNew` is called with every entry that was not there before in just this form. */
  apply({ path, edit }: DirectoryEdit, onNew: (entry: LocalEntry) => void): void {
    const held = this.#hold(path);
    const before = held.entries;
    const after = edit(before);
    if (after === before) return;
    held.changed = true;
    if (after === undefined) {
      held.own = undefined;
      held.entries = undefined;
    } else {
      held.own = keepSummaries(before ?? [], after, (name) => this.#hasRecord(joinPath(path, name)));
      held.entries = held.own;
      const known = new Set<LocalEntry>(before);
      for (const entry of after) if (!known.has(entry)) onNew(entry);
    }
    this.#markAbove(path);
  }

  /** Writes what changed under the stamp that `nextStamp` allocates; false when nothing did. */
  finish(nextStamp: () => number): boolean {
    let wrote = false;
    let stamp: number | undefined;
    for (const [path, { stored, entries, changed }] of this.#held) {
      if (!changed) continue;
      if (entries === undefined) {
        if (stored !== undefined) this.#env.remove(directoryKey(path));
        wrote ||= stored !== undefined;
        continue;
      }
      const record = encodeRecord(entries, stamp ?? 0);
      if (stored !== undefined && sameEntries(stored, record)) continue;
      stamp ??= nextStamp();
      restamp(record, stamp);
      this.#env.put(directoryKey(path), record);
      wrote = true;
    }
    return wrote;
  }

  #hold(path: RelPath): Held {
    const known = this.#held.get(path);
    if (known !== undefined) return known;
    const stored = this.#env.get(directoryKey(path));
    const entries = stored === undefined ? undefined : this.#decode(path, stored);
    const held: Held = { stored, entries, own: undefined, changed: false };
    this.#held.set(path, held);
    return held;
  }

  #hasRecord(path: RelPath): boolean {
    return this.#held.get(path)?.entries !== undefined || this.#env.has(directoryKey(path));
  }

  /** Stops where the mark is set already: everything above is marked then. */
  #markAbove(path: RelPath): void {
    if (path === ROOT) {
      this.rootMarked = true;
      return;
    }
    const parent = parentOf(path);
    const held = this.#hold(parent);
    if (held.entries === undefined) return;
    held.own ??= [...held.entries];
    held.entries = held.own;
    if (!markName(held.own, nameOf(path))) return;
    held.changed = true;
    this.#markAbove(parent);
  }
}
