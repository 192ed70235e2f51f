/** Signals that end a run: the caller's, a time limit for the whole, and a key that is the folder's no longer. */
import type { JoinedFolder } from '../group/joined-folder.js';
import { SyncError } from '../model/sync-error.js';

/**
 * A signal that aborts with the caller's, with `timeout` after `milliseconds` (0: never), or with `auth` when another
 * process changes the folder's key or leaves the group: nothing more goes to those who hold the old one. So it does, with
 * `io` or `usage`, where it cannot be told whether one has.
 */
export function withDeadline(
  signal: AbortSignal,
  milliseconds: number,
  { key, membership }: Pick<JoinedFolder, 'key' | 'membership'>,
): { readonly signal: AbortSignal; readonly end: () => void } {
  const stop = new AbortController();
  const late = (): void =>
    stop.abort(
      new SyncError(
        'timeout',
        `the run took longer than --max-time allows (${milliseconds / 1000} s); what is done is kept, a rerun goes on`,
      ),
    );
  const timer = milliseconds === 0 ? undefined : setTimeout(late, milliseconds);
  const unwatch = membership.watch(() => {
    if (membership.key() === key) return;
    const changed = "the folder's key was changed, or it left its group, while the run went on";
    stop.abort(membership.trouble ?? new SyncError('auth', changed));
  });
  const end = (): void => {
    clearTimeout(timer);
    unwatch();
  };
  return { signal: AbortSignal.any([signal, stop.signal]), end };
}

/** Why a signal aborted, as an error of this program. */
export function reasonOf(signal: AbortSignal): SyncError {
  const { reason } = signal as { reason: unknown };
  return reason instanceof SyncError
    ? reason
    : new SyncError('interrupted', 'interrupted; what is done is kept, a rerun goes on', { cause: reason });
}
