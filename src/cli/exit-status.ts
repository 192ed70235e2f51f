/** Exit statuses (`p2psync --help`, EXIT STATUS): the one place where an error or a summary becomes a number. */
import type { Summary } from '../model/event.js';
import type { SyncErrorCode } from '../model/sync-error.js';

export const EXIT_BUG = 70;

/** Every status with what `--help` says of it. */
export const EXIT_MEANINGS: ReadonlyMap<number, string> = new Map([
  [0, 'converged (kept conflict copies are a warning); the command did what it was asked to'],
  [1, 'check, --dry-run: differs; doctor: something needs mending'],
  [2, 'usage or configuration'],
  [20, 'not joined; marker or folder missing; more is missing than --max-delete lets go'],
  [21, 'fewer than --min-peers answered'],
  [22, 'authentication failed'],
  [23, 'partial: some files or peers failed; the rest converged; or the system refused (a full disk, no permission)'],
  [26, 'conflicts, with --conflict fail'],
  [27, 'locked by another run'],
  [28, 'no common protocol version'],
  [30, 'timeout'],
  [EXIT_BUG, 'a bug'],
  [130, 'SIGINT'],
  [143, 'SIGTERM'],
]);

/** The status of a run, or a whole command, that ended with this error. */
export function statusOfError(code: SyncErrorCode): number {
  switch (code) {
    case 'usage':
      return 2;
    case 'not-joined':
      return 20;
    case 'no-peers':
      return 21;
    case 'auth':
      return 22;
    case 'partial':
    case 'protocol':
    case 'closed':
    case 'changed':
    case 'path':
    case 'io':
      return 23;
    case 'conflicts':
      return 26;
    case 'locked':
      return 27;
    case 'version':
      return 28;
    case 'timeout':
      return 30;
    case 'interrupted':
      return 130;
  }
}

export interface RunOutcome {
  readonly summary: Summary;
  /** Problems that count as failures. */
  readonly fatal: number;
  readonly dryRun: boolean;
  readonly failOnConflict: boolean;
}

/** The status of a run that came to its end. */
export function statusOfSummary({ summary, fatal, dryRun, failOnConflict }: RunOutcome): number {
  // Never "converged" with nobody to compare with.
  if (summary.peers.length === 0) return statusOfError('no-peers');
  if (failOnConflict && summary.conflicts > 0) return statusOfError('conflicts');
  if (fatal > 0 || summary.peers.some((peer) => peer.error !== undefined)) return statusOfError('partial');
  if (dryRun) return summary.converged && changesOf(summary) === 0 ? 0 : 1;
  if (summary.converged) return 0;
  return summary.command === 'check' ? 1 : statusOfError('partial');
}

function changesOf({ created, updated, metadata, deleted, restored, conflicts }: Summary): number {
  return created + updated + metadata + deleted + restored + conflicts;
}

/** Of several folders: the first failure outweighs "differs", which outweighs success. */
export function statusOfAll(statuses: readonly number[]): number {
  return statuses.find((status) => status > 1) ?? Math.max(0, ...statuses);
}
