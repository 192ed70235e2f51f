/** An entry that is not synchronised any more, though nobody deleted it. */
import type { LocalEntry } from '../model/entry.js';
import type { ReplicaId } from '../model/version-vector.js';
import { observe } from '../plan/observe.js';

/** Never counted with: what it would make is not kept. */
const NOBODY = { replica: 'rnobody.' as ReplicaId, tick: () => 1, deletes: false };

/**
 * The entry as `absent`: history without a claim. The rule for missing paths would take a conflict copy for
 * deleted; but an ignore rule, a lost disk or a FIFO in its place must never make a tombstone.
 */
export function withdrawn(recorded: LocalEntry): LocalEntry {
  const entry = observe(recorded.name, recorded, undefined, NOBODY) as LocalEntry;
  return entry.kind === 'deleted' ? { ...entry, kind: 'absent', vector: recorded.vector } : entry;
}
