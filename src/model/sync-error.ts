/**
 * The one error class. `code` says what kind of trouble it is; src/cli/exit-status.ts maps it to a status.
 * A message says what was expected, what came, where, and what the user can do.
 */
import type { ProblemCode } from './problem.js';

export type SyncErrorCode =
  | 'usage' // wrong arguments or configuration
  | 'not-joined' // not a member; folder, marker or most of what was in it missing
  | 'no-peers' // fewer than asked for answered
  | 'auth' // wrong key, wrong certificate, refused handshake
  | 'partial' // some files or peers failed
  | 'conflicts' // with --conflict fail
  | 'locked' // another run holds the folder
  | 'version' // no common protocol version
  | 'timeout' // no progress, or --max-time
  | 'protocol' // a peer sent what the protocol forbids
  | 'closed' // the connection went away
  | 'changed' // a file is not what it was when scanned
  | 'path' // a name or path that may not be used
  | 'io' // the file system refused
  | 'interrupted'; // SIGINT, SIGTERM or an AbortSignal

export class SyncError extends Error {
  readonly code: SyncErrorCode;
  /** How to report it when it concerns one path only, where that says more than `code`. */
  readonly problem: ProblemCode | undefined;
  constructor(code: SyncErrorCode, message: string, options?: { cause?: unknown; problem?: ProblemCode }) {
    super(message, options);
    this.name = 'SyncError';
    this.code = code;
    this.problem = options?.problem;
  }
}

/** Any thrown value as a SyncError; what is none already becomes `fallback` with its message. */
export function asSyncError(error: unknown, fallback: SyncErrorCode): SyncError {
  if (error instanceof SyncError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new SyncError(fallback, message, { cause: error });
}
