/** Turns one wanted entry into the step that this replica takes for it, by the pure rule of plan/enforce.ts. */
import type { Entry, LocalEntry } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import type { Problem } from '../model/problem.js';
import { type Place, placeCopy } from '../plan/conflict-copy.js';
import { isConflictCopy } from '../plan/conflict-name.js';
import { enforce, type Refusal } from '../plan/enforce.js';
import type { Action } from '../plan/plan-directory.js';
import type { Policy } from '../plan/policy.js';
import type { LocalDirectory } from '../state/folder-state.js';
import { findEntry } from '../tree/edit-directory.js';
import type { Origin } from './content-source.js';

/** One target with the places where its content can be had, best first. */
export interface Wanted {
  readonly entry: Entry;
  readonly origins: readonly Origin[];
}

/** What is to be done for one path. */
export interface Step {
  readonly path: RelPath;
  /** What was recorded when this was decided; its stat must still hold when it is replaced. */
  readonly mine: LocalEntry | undefined;
  /** What to record when it is done. */
  readonly target: Entry;
  readonly action: Action;
  /** Where what is there now is kept first, as a conflict copy. */
  readonly preserve: Place | undefined;
  /** What is there now goes to the trash, or the backup, when it is replaced. */
  readonly discard: boolean;
  readonly origins: readonly Origin[];
}

/** The step, a problem if the target must not be installed, or undefined if there is nothing to do. `isTold`: see enforce. */
export function decideStep(
  path: RelPath,
  { entry, origins }: Wanted,
  current: LocalDirectory,
  policy: Policy,
  isTold: boolean,
): Step | Problem | undefined {
  const mine = findEntry(current, entry.name);
  const allowed = enforce(mine, entry, policy, isTold);
  if (allowed.action === 'nothing') return undefined;
  if (allowed.action === 'refuse') return refusal(path, allowed.refusal, allowed.reason);
  const [copy] = allowed.copies;
  const preserve = copy && placeCopy(entry.name, copy, (name) => findEntry(current, name));
  if (copy !== undefined && preserve === undefined) return noRoom(path);
  const action = allowed.change === 'create' && isConflictCopy(entry) ? 'conflict' : allowed.change;
  return { path, mine, target: allowed.target, action, preserve, discard: allowed.discards, origins };
}

/** What the user asked for is no failure. */
function refusal(path: RelPath, why: Refusal, message: string): Problem {
  return { code: why === 'newer' ? 'changed' : 'refused', path, message, fatal: why !== 'conflict' };
}

function noRoom(path: RelPath): Problem {
  const message = 'left as it is: every name for its conflict copy holds something else; rename one of those';
  return { code: 'name', path, message, fatal: true };
}
