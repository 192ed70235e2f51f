/**
 * Version vectors (Parker et al. 1983): which edits, by which replicas, a version of a path has seen.
 * Held as pairs sorted by id, each id once, so that equal vectors have equal encodings.
 */
import type { ByteString } from './byte-string.js';

/**
 * 8 bytes. A replica's id starts with `r`; `x` marks the fixed vector of a conflict copy and `z` the choices of
 * merges, where no version had seen all others or the union brought a path back (docs/SEMANTICS.md).
 */
export type ReplicaId = ByteString & { readonly __brand: 'ReplicaId' };
export const REPLICA_ID_BYTES = 8;

export type VersionVector = readonly (readonly [id: ReplicaId, counter: number])[];
export type Order = 'equal' | 'before' | 'after' | 'concurrent';

/** How `a` stands to `b`: `after` means that `a` has seen all of `b` and more (it dominates). */
export function compareVectors(a: VersionVector, b: VersionVector): Order {
  if (a === b) return 'equal';
  let less = false;
  let more = false;
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = a[i];
    const right = b[j];
    if (right === undefined || (left !== undefined && left[0] < right[0])) {
      more = true;
      i++;
    } else if (left === undefined || right[0] < left[0]) {
      less = true;
      j++;
    } else {
      if (left[1] > right[1]) more = true;
      else if (left[1] < right[1]) less = true;
      i++;
      j++;
    }
  }
  if (less && more) return 'concurrent';
  return more ? 'after' : less ? 'before' : 'equal';
}

/** Whether `a` has seen everything that `b` has (equal counts). */
export function covers(a: VersionVector, b: VersionVector): boolean {
  const order = compareVectors(a, b);
  return order === 'equal' || order === 'after';
}

/** The least vector that covers both. */
export function joinVectors(a: VersionVector, b: VersionVector): VersionVector {
  const order = compareVectors(a, b);
  if (order === 'equal' || order === 'after') return a;
  if (order === 'before') return b;
  const joined = new Map<ReplicaId, number>(a);
  for (const [id, counter] of b) joined.set(id, Math.max(counter, joined.get(id) ?? 0));
  return sorted(joined);
}

/** The vector after an edit: `id`'s counter set to `counter`, which must be higher than any before. */
export function advance(vector: VersionVector, id: ReplicaId, counter: number): VersionVector {
  return sorted(new Map<ReplicaId, number>(vector).set(id, counter));
}

export function counterOf(vector: VersionVector, id: ReplicaId): number {
  for (const [key, counter] of vector) if (key === id) return counter;
  return 0;
}

function sorted(counters: ReadonlyMap<ReplicaId, number>): VersionVector {
  return [...counters].sort(([a], [b]) => (a < b ? -1 : 1));
}
