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
  | { readonly action: 'nothing' }
  | Permission
  /** The target would replace or remove what it has not superseded, or may not. Nothing is done. */
  | { readonly action: 'refuse'; readonly refusal: Refusal; readonly reason: string };

export interface Permission {
  /** `record`: only the history differs, the disk stays as it is. */
  readonly action: 'record' | 'install';
  /**
   * What to record once the disk holds it; a tombstone for a deletion. It may have seen more than the target:
   * edits of this replica that the planner did not know of.
   */
  readonly target: Entry;
  /** What this is for the user; `record` changes nothing for them. */
  readonly change: ChangeAction | 'record';
  /**
   * The conflict copy, if any, that what is here must be kept as *before* it is replaced; placeCopy
   * (conflict-copy.ts) says under which name.
   */
  readonly copies: readonly Entry[];
  /**
   * What is here was not superseded and gets no copy (a deletion, or `newest`): to be kept in trash or backup
   * before it goes.
   */
  readonly discards: boolean;
  // Where this replica has a directory and the target is none, the directory must be empty on the disk: what is
  // below it is decided by itself.
}

/**
 * - `newer`: what is here wins over the target, which has not seen it; the next run takes it;
 * - `deletes`: this replica does not consent to deletes;
 * - `conflict`: the run was told to fail on conflicts.
 */
export type Refusal = 'newer' | 'deletes' | 'conflict';

const REASONS: Readonly<Record<Refusal, string>> = {
  newer: 'has changed here meanwhile, the next run takes that',
  deletes: 'was deleted by a peer, but this replica does not allow deletes (--allow-delete)',
  conflict: 'is in conflict, and the run was to fail on conflicts',
};

/**
 * `policy.deletes` must include this replica's own consent. `mine`: as the disk is now, not as it was scanned.
 * `isTold`: whether peers are told of what is recorded beside it: not below a name that is absent here, or unknown.
 */
export function enforce(mine: Entry | undefined, target: Entry, policy: Policy, isTold = true): Enforcement {
  // No claim is made here, so nothing can be overruled. The target's own version is recorded, not joined with
  // that of an absent entry: that one may name content which is gone.
  if (mine === undefined || mine.kind === 'absent') return fresh(mine, target, isTold);
  const merge = mergeVersions([mine, target], policy);
  if (merge.conflict && policy.conflict === 'fail') return refuse('conflict');
  if (sameContent(merge.result, target)) return take(mine, merge);
  const isOutdated = compareVectors(mine.vector, target.vector) === 'after' && !merge.conflict;
  if (isOutdated && !merge.restored) return { action: 'nothing' };
  return refuse(isDeniedByPolicy(mine, target, policy) ? 'deletes' : 'newer');
}

function fresh(mine: Entry | undefined, target: Entry, isTold: boolean): Enforcement {
  if (!isLive(target)) {
    // A claim that nobody is told of would come out as news when its directory comes back.
    if (!isTold) return { action: 'nothing' };
    // Forgotten here (forget.ts): the very tombstone must not come back from who still remembers it.
    const isOld = mine !== undefined && compareVectors(mine.vector, target.vector) === 'equal';
    return isOld ? { action: 'nothing' } : permit('record', target);
  }
  return permit(mine === undefined ? 'create' : 'restore', target);
}

/** The target's content stays or comes. */
function take(mine: Entry, { result, copies, discarded }: Merge): Enforcement {
  if (sameContent(mine, result)) {
    if (!sameView(mine, result)) return permit('metadata', result);
    return compareVectors(mine.vector, result.vector) === 'equal' ? { action: 'nothing' } : permit('record', result);
  }
  if (!isLive(mine)) return permit('restore', result);
  const change = isLive(result) ? 'update' : 'delete';
  if (mine.kind === 'directory') return permit(change, result);
  const own = copies.filter((copy) => sameContent(copy, mine));
  const discards = own.length === 0 && (change === 'delete' || discarded.some((loser) => sameContent(loser, mine)));
  return { ...permit(change, result), copies: own, discards };
}

function permit(change: Permission['change'], target: Entry): Permission {
  return { action: change === 'record' ? 'record' : 'install', target, change, copies: [], discards: false };
}

function refuse(refusal: Refusal): Enforcement {
  return { action: 'refuse', refusal, reason: REASONS[refusal] };
}

/** Whether the target would have won if this replica allowed deletes. */
function isDeniedByPolicy(mine: Entry, target: Entry, policy: Policy): boolean {
  if (policy.deletes) return false;
  return sameContent(mergeVersions([mine, target], { ...policy, deletes: true }).result, target);
}
