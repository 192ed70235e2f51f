/**
 * Targets of one directory in batches of bounded size, so that whoever takes them needs to hold no more than one
 * however wide the directory is (docs/PROTOCOL.md [assign]).
 */
import type { Entry } from '../model/entry.js';

/** Entries, and bytes by their estimate, of one batch. */
const BATCH_ENTRIES = 4_096;
const BATCH_BYTES = 128 * 1024;
/**
 * Bytes of a packed batch that a receiver takes: what was estimated, and the largest entry (a vector of 2,048 pairs, a
 * whole lineage). Decoded, entries take up to thirty times their packed bytes.
 */
export const TARGETS_BYTES_MAX = 256 * 1024;
/** Entries of a batch that a receiver takes. */
export const TARGETS_MAX = 8_192;

/** Bytes of an entry but for name, vector and lineage. */
const ENTRY_BYTES = 64;
const PAIR_BYTES = 14;
const LINEAGE_BYTES = 16;

/** In order; at least one batch of one entry where there are any. */
export function* batchesOf(targets: readonly Entry[]): Generator<readonly Entry[]> {
  let start = 0;
  let bytes = 0;
  for (const [i, { name, vector, lineage }] of targets.entries()) {
    bytes += ENTRY_BYTES + name.length + PAIR_BYTES * vector.length + LINEAGE_BYTES * lineage.length;
    if (bytes < BATCH_BYTES && i + 1 - start < BATCH_ENTRIES) continue;
    yield targets.slice(start, i + 1);
    start = i + 1;
    bytes = 0;
  }
  if (start < targets.length) yield targets.slice(start);
}
