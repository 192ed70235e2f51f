/** Errors of usage (exit status 2). No message ever repeats an invite: it is a key, and messages end up in logs. */
import { SyncError } from '../model/sync-error.js';

export function usageError(message: string, cause?: unknown): SyncError {
  return new SyncError('usage', withoutInvites(message), cause === undefined ? undefined : { cause });
}

/** The text with every invite cut down to its first characters. */
export function withoutInvites(text: string): string {
  return text.replace(/p2psync1-[0-9a-z-]*/gi, 'p2psync1-…');
}

/** Whether an argument is, or holds, an invite. */
export function holdsInvite(argument: string): boolean {
  return /p2psync1-[0-9a-z]/i.test(argument);
}
