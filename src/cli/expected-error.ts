/** Tells failures that were foreseen from bugs. */
import { SyncError, type SyncErrorCode } from '../model/sync-error.js';

/**
 * The SyncError to report, or undefined for a bug. What the operating system refused (disk full, no permission,
 * no such network) is no bug, even where nobody has put it into words.
 */
export function expectedError(error: unknown): SyncError | undefined {
  if (error instanceof SyncError) return error;
  if (!(error instanceof Error)) return undefined;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || typeof syscall !== 'string' || !/^E[A-Z0-9]+$/.test(code)) return undefined;
  return new SyncError('io', `the system refused: ${error.message}`, { cause: error });
}

/** Code and message for a summary; a bug is called one. */
export function describeError(error: unknown): { readonly code: SyncErrorCode | 'bug'; readonly message: string } {
  const expected = expectedError(error);
  if (expected !== undefined) return { code: expected.code, message: expected.message };
  return { code: 'bug', message: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
}
