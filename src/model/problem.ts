/** A problem: what went wrong with one path, while the run goes on. A value, not an exception. */
import type { RelPath } from './path.js';

export type ProblemCode =
  | 'unreadable' // could not be read or listed
  | 'unwritable' // could not be written or installed
  | 'changed' // changed while the run went on; the next run takes it
  | 'special' // FIFO, socket or device: skipped
  | 'hard-link' // becomes a separate file elsewhere
  | 'unsafe-link' // symlink that is absolute or leaves the folder: skipped
  | 'name' // a name this platform or this program cannot hold
  | 'blocked' // a local symlink or file stands where a directory is needed
  | 'corrupt' // content did not match its digest
  | 'unavailable' // no peer could give the content
  | 'refused' // the replica's own rules forbid it (no consent to delete, read-only)
  | 'peer'; // a peer failed as a whole

export interface Problem {
  readonly code: ProblemCode;
  readonly path: RelPath;
  readonly message: string;
  /** Whether the run counts as partial (exit 23) for it; special files, hard links and such do not. */
  readonly fatal: boolean;
  /** Name of the peer where it happened; none: here. */
  readonly peer?: string;
}
