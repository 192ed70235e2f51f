/** Signals that end a run: the caller's, and a time limit for the whole. */
import { SyncError } from '../model/sync-error.js';

/** A signal that aborts with the caller's or, after `milliseconds` (0: never), with a `timeout` error. */
export function withDeadline(
  signal: AbortSignal,
  milliseconds: number,
): { readonly signal: AbortSignal; readonly end: () => void } {
  if (milliseconds === 0) return { signal, end: () => {} };
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(
      new SyncError(
        'timeout',
        `the run took longer than --max-time allows (${milliseconds / 1000} s); what is done is kept, a rerun goes on`,
      ),
    );
  }, milliseconds);
  return { signal: AbortSignal.any([signal, late.signal]), end: () => clearTimeout(timer) };
}

/** Why a signal aborted, as an error of this program. */
export function reasonOf(signal: AbortSignal): SyncError {
  const { reason } = signal as { reason: unknown };
  return reason instanceof SyncError
    ? reason
    : new SyncError('interrupted', 'interrupted; what is done is kept, a rerun goes on', { cause: reason });
}
