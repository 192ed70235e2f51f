/** What the operating system refuses (a full disk, no permission) as the `io` error that users are told. */
import { asSyncError } from '../model/sync-error.js';

/** Runs the action; errors of system calls become `io`, all others stay what they are. */
export function reportingSystemErrors<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    const failedCall = error instanceof Error && 'syscall' in error;
    throw failedCall ? asSyncError(error, 'io') : error;
  }
}
