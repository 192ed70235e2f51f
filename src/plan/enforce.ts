/**
 * The receiver's rule: what it may do with a target, given what it has *now*. The planner proposes, the
 * receiver enforces: a target is installed only if it wins the same merge here, so neither a stale plan, nor a
 * second initiator, nor a lying peer replaces what was not superseded (docs/DESIGN.md §2).
 */
import { type Entry, isLive, sameContent, sameView } from '../model/entry.js';
import type { ChangeAction } from '../model/event.js';
import { compareVectors } from '../model/version-vector.js';
import { type Merge, mergeVersions } from './merge-versions.js';
import type { Policy } from './policy.js';

export type Enforcement =
  /** This replica has it, or knows better: nothing to do, nothing to report. */
  | { readonly do: 'nothing' }
  /** Only the history differs: record the entry, leave the disk alone. */
  | { readonly do: 'record'; readonly entry: Entry }
  | Install
  /** The target would replace or remove what it has not superseded, or may not. Nothing is done. */
  | { readonly do: 'refuse'; readonly reason: Refusal };

/** Where `mine` is a directory and `entry` is not, it must be empty on the disk: what is below is decided by itself. */
export interface Install {
  readonly do: 'install';
  /**
   * What to record once the disk holds it; for `delete` a tombstone. It may have seen more than the target: edits
   * of this replica that the planner did not know of.
   */
  readonly entry: Entry;
  readonly action: ChangeAction;
  /** Keep what is there as this conflict copy first; placeCopy (conflict-copy.ts) says under which name. */
  readonly preserve?: Entry;
  /** Keep what is there in trash or backup before it is replaced or removed. */
  readonly discard?: Entry;
}

/**
 * - `newer`: what is here wins over the target, which has not seen it; the next run takes it;
 * - `deletes`: this replica does not consent to deletes;
 * - `conflict`: the run was told to fail on conflicts.
 */
export type Refusal = 'newer' | 'deletes' | 'conflict';

/** `policy.deletes` must include this replica's own consent. `mine`: as the disk is now, not as it was scanned. */
export function enforce(mine: Entry | undefined, target: Entry, policy: Policy): Enforcement {
  // No claim is made here, so nothing can be overruled. The target's own version is recorded, not joined with
  // that of an absent entry: that one may name content which is gone.
  if (mine === undefined || mine.kind === 'absent') return fresh(mine, target);
  const merge = mergeVersions([mine, target], policy);
  if (merge.conflict && policy.conflict === 'fail') return { do: 'refuse', reason: 'conflict' };
  if (sameContent(merge.result, target)) return take(mine, merge);
  if (compareVectors(mine.vector, target.vector) === 'after' && !merge.conflict && !merge.restored)
    return { do: 'nothing' };
  return { do: 'refuse', reason: isDeniedByPolicy(mine, target, policy) ? 'deletes' : 'newer' };
}

function fresh(mine: Entry | undefined, target: Entry): Enforcement {
  if (!isLive(target)) return { do: 'record', entry: target };
  return { do: 'install', entry: target, action: mine === undefined ? 'create' : 'restore' };
}

/** The target's content stays or comes. */
function take(mine: Entry, { result, copies, discarded }: Merge): Enforcement {
  if (sameContent(mine, result)) {
    if (!sameView(mine, result)) return { do: 'install', entry: result, action: 'metadata' };
    return compareVectors(mine.vector, result.vector) === 'equal' ? { do: 'nothing' } : { do: 'record', entry: result };
  }
  if (!isLive(mine)) return { do: 'install', entry: result, action: 'restore' };
  const action = isLive(result) ? 'update' : 'delete';
  if (mine.kind === 'directory') return { do: 'install', entry: result, action };
  const preserve = copies.find((copy) => sameContent(copy, mine));
  if (preserve !== undefined) return { do: 'install', entry: result, action, preserve };
  const unwanted = action === 'delete' || discarded.some((loser) => sameContent(loser, mine));
  return { do: 'install', entry: result, action, ...(unwanted ? { discard: mine } : {}) };
}

/** Whether the target would have won if this replica allowed deletes. */
function isDeniedByPolicy(mine: Entry, target: Entry, policy: Policy): boolean {
  if (policy.deletes) return false;
  return sameContent(mergeVersions([mine, target], { ...policy, deletes: true }).result, target);
}
