/** Says what went wrong with one path, as a value that the run goes on with. */
import type { RelPath } from '../model/path.js';
import type { Problem, ProblemCode } from '../model/problem.js';
import { asSyncError, type SyncErrorCode } from '../model/sync-error.js';

export function problemOf(path: RelPath, error: unknown): Problem {
  const { code, message, problem } = asSyncError(error, 'io');
  return { code: problem ?? problemCodeOf(code), path, message, fatal: true };
}

function problemCodeOf(code: SyncErrorCode): ProblemCode {
  switch (code) {
    case 'changed':
      return 'changed';
    case 'path':
      return 'blocked';
    case 'protocol':
      return 'corrupt';
    case 'closed':
    case 'timeout':
    case 'auth':
    case 'version':
    case 'no-peers':
    case 'interrupted': // the session was stopped: what was to come over it did not
      return 'unavailable';
    case 'io':
    case 'usage':
    case 'not-joined':
    case 'partial':
    case 'conflicts':
    case 'locked':
      return 'unwritable';
  }
}
