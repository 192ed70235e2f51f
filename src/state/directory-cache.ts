/**
 * Decoded directory records, because serving and comparing ask for the same directory again and again. Never
 * stale: the record itself is always read, and a copy is used only if it carries the same stamp.
 */
import type { RelPath } from '../model/path.js';
import { decodeRecord, stampOf } from './directory-record.js';
import type { LocalDirectory } from './folder-state.js';

/** Bytes of the records whose decoded form is kept; that form is about ten times as large. */
const KEPT_MAX = 2 * 1024 * 1024;

export class DirectoryCache {
  /** Least recently used first. */
  readonly #kept = new Map<RelPath, { stamp: number; bytes: number; entries: LocalDirectory }>();
  #bytes = 0;

  /** The record's entries; undefined if it is damaged. */
  decode(path: RelPath, record: Buffer): LocalDirectory | undefined {
    const stamp = stampOf(record);
    const known = this.#kept.get(path);
    if (known !== undefined) this.#remove(path, known.bytes);
    const entries = known?.stamp === stamp ? known.entries : decodeRecord(record);
    if (entries !== undefined) this.#add(path, { stamp, bytes: record.length, entries });
    return entries;
  }

  #add(path: RelPath, kept: { stamp: number; bytes: number; entries: LocalDirectory }): void {
    if (kept.bytes > KEPT_MAX / 2) return;
    this.#kept.set(path, kept);
    this.#bytes += kept.bytes;
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#bytes <= KEPT_MAX) return;
      this.#remove(oldest, bytes);
    }
  }

  #remove(path: RelPath, bytes: number): void {
    this.#kept.delete(path);
    this.#bytes -= bytes;
  }
}
