/** Whether this replica was set back, by a backup or a disk image (docs/DESIGN.md §4, "Backup restored"). */
import type { ReplicaId } from '../model/version-vector.js';

/**
 * True if someone has seen more edits of `me` than I remember having made. Counters would then be used twice,
 * and one version would name two contents: the replica must take a new id before it counts another edit.
 */
export function wasRestored(
  me: ReplicaId,
  mine: ReadonlyMap<ReplicaId, number>,
  theirs: Iterable<readonly [ReplicaId, number]>,
): boolean {
  const made = mine.get(me) ?? 0;
  for (const [id, counter] of theirs) if (id === me && counter > made) return true;
  return false;
}
