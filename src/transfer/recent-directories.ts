/**
 * What was read of a few directories, so that it is not read again for each of their files: that would take longer than to
 * open them, and in a wide directory the whole run. Bounded by entries, but for the directory that came last, however wide.
 */
import type { RelPath } from '../model/path.js';

/** Entries that are kept: more than a receiver asks for ahead. */
const ENTRIES_KEPT = 4096;

interface Kept<T> {
  readonly value: T;
  readonly entries: number;
}

export class RecentDirectories<T> {
  /** Least recently used first. */
  readonly #kept = new Map<RelPath, Kept<T>>();
  #entries = 0;

  get(path: RelPath): T | undefined {
    const kept = this.#kept.get(path);
    if (kept === undefined) return undefined;
    this.#kept.delete(path);
    this.#kept.set(path, kept);
    return kept.value;
  }

  /** Keeps what was read of a directory with so many entries, in the place of what was kept of it before. */
  put(path: RelPath, value: T, entries: number): void {
    this.#remove(path);
    this.#kept.set(path, { value, entries });
    this.#entries += entries;
    for (const oldest of this.#kept.keys()) {
      if (this.#entries <= ENTRIES_KEPT || oldest === path) return;
      this.#remove(oldest);
    }
  }

  #remove(path: RelPath): void {
    this.#entries -= this.#kept.get(path)?.entries ?? 0;
    this.#kept.delete(path);
  }
}
