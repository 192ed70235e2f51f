/**
 * The version vector of a merge that had to choose, because no version had seen all the others.
 *
 * The join of the vectors alone would not do: replicas that meet in other groupings may come to another winner
 * with the very same join (where an edit set an mtime back or a file was deleted), and two contents would go by
 * one version. So a choice is an event of its own: it counts under one pseudo id, higher than before, by an
 * amount derived from the join and the winner. Whoever chooses the same from the same makes the same version,
 * a version names one content, and what was overruled (a tombstone, too) is dominated.
 */
import { bytesOf } from '../model/byte-string.js';
import { blake3 } from '../model/digest.js';
import type { Entry } from '../model/entry.js';
import { advance, counterOf, type ReplicaId, type VersionVector } from '../model/version-vector.js';

/** `z` and seven zero bytes; no replica has it, because those begin with `r`. */
export const CHOICE_ID = `z${'\0'.repeat(7)}` as ReplicaId;
/** A choice adds up to 2^32; above this a hostile member has pushed the counter, and a fresh id takes its place. */
const COUNTER_MAX = 2 ** 52;

/** `join` covers all versions that took part. */
export function chosenVector(join: VersionVector, winner: Pick<Entry, 'kind' | 'digest'>): VersionVector {
  const history = join.map(([id, counter]) => `${id}${counter};`).join('');
  const hash = blake3(bytesOf(`p2psync choice\0${winner.kind};${winner.digest};${history}`));
  const before = counterOf(join, CHOICE_ID);
  if (before > COUNTER_MAX) return advance(join, `z${hash.toString('latin1', 0, 7)}` as ReplicaId, 1);
  return advance(join, CHOICE_ID, before + 1 + hash.readUInt32LE(0));
}
