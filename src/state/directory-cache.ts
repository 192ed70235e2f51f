/**
 * Decoded directory records, because serving and comparing ask for the same directory again and again. Never
 * stale: the record itself is always read, and a copy is used only if it carries the same stamp.
 */
import type { RelPath } from '../model/path.js';
import { decodeRecord, stampOf } from './directory-record.js';
import type { LocalDirectory } from './folder-state.js';

/**
 * Bytes of the records whose decoded form is kept; that form is about ten times as large. The one that was asked for last is
 * kept however large it is, until a {@link DirectoryCache.rest}: a wide directory is asked for again and again, too.
 */
const KEPT_MAX = 2 * 1024 * 1024;

interface Kept {
  readonly owner: DirectoryCache;
  readonly path: RelPath;
  readonly stamp: number;
  readonly bytes: number;
  readonly entries: LocalDirectory;
}

/** Of all folders together, least recently used first: a listener with ten folders holds no more than with one. */
const shared = new Set<Kept>();
let sharedBytes = 0;

export class DirectoryCache {
  readonly #kept = new Map<RelPath, Kept>();

  /** The record's entries; undefined if it is damaged. */
  decode(path: RelPath, record: Buffer): LocalDirectory | undefined {
    const stamp = stampOf(record);
    const known = this.#kept.get(path);
    if (known !== undefined) this.#remove(known);
    const entries = known?.stamp === stamp ? known.entries : decodeRecord(record);
    if (entries !== undefined) this.#add({ owner: this, path, stamp, bytes: record.length, entries });
    return entries;
  }

  /** Lets go of what is too large to be kept when nothing is asked for. */
  rest(): void {
    for (const kept of [...this.#kept.values()]) if (kept.bytes > KEPT_MAX / 2) this.#remove(kept);
  }

  /** Lets go of everything. */
  clear(): void {
    for (const kept of [...this.#kept.values()]) this.#remove(kept);
  }

  #add(kept: Kept): void {
    this.#kept.set(kept.path, kept);
    shared.add(kept);
    sharedBytes += kept.bytes;
    for (const oldest of shared) {
      if (sharedBytes <= KEPT_MAX || oldest === kept) return;
      oldest.owner.#remove(oldest);
    }
  }

  #remove(kept: Kept): void {
    this.#kept.delete(kept.path);
    shared.delete(kept);
    sharedBytes -= kept.bytes;
  }
}
