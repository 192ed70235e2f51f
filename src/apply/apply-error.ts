/** What the file system refused, in words that say which path, what was tried and what helps. */
import { textOf } from '../model/byte-string.js';
import type { RelPath } from '../model/path.js';
import type { ProblemCode } from '../model/problem.js';
import { SyncError } from '../model/sync-error.js';

/** A SyncError for a failed system call; whatever is no system error is a bug and comes back as it is. */
export function applyError(error: unknown, action: string, path: RelPath): unknown {
  if (error instanceof SyncError) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === undefined || (error as NodeJS.ErrnoException).syscall === undefined) return error;
  const where = `cannot ${action} ${shown(path)}`;
  switch (code) {
    case 'ENOENT':
      return new SyncError('changed', `${where}: it, or a directory above it, is gone since the scan`, {
        cause: error,
      });
    case 'ENAMETOOLONG':
    case 'EILSEQ':
    case 'EINVAL':
      return failure('path', `${where}: this file system cannot hold the name (${code})`, error, 'name');
    case 'ENOTDIR':
    case 'ELOOP':
      return failure('path', `${where}: something that is no directory stands above it`, error, 'blocked');
    default:
      return failure('io', `${where}: ${reasonOf(code)}`, error, 'unwritable');
  }
}

/** `changed`: what stands at the path is not what the caller expects, and was therefore left alone. */
export function changed(path: RelPath, what: string): SyncError {
  return new SyncError('changed', `${shown(path)} ${what}; it was left as it is, the next run takes it`);
}

/** Which code of the system a failed call gave. */
export function errnoOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

/**
 * Whether a failed `link` means that this file system, or its protection of other users' files, gives no hard
 * links here, so that another way must be taken.
 */
export function isWithoutHardLinks(error: unknown): boolean {
  const code = errnoOf(error);
  return code === 'EPERM' || code === 'ENOTSUP' || code === 'EOPNOTSUPP' || code === 'ENOSYS' || code === 'EMLINK';
}

function shown(path: RelPath): string {
  return JSON.stringify(textOf(path));
}

function failure(code: 'io' | 'path', message: string, cause: unknown, problem: ProblemCode): SyncError {
  return new SyncError(code, message, { cause, problem });
}

function reasonOf(code: string): string {
  switch (code) {
    case 'ENOSPC':
      return 'no space is left on the disk (ENOSPC)';
    case 'EDQUOT':
      return "the user's disk quota is used up (EDQUOT)";
    case 'EROFS':
      return 'the file system is mounted read-only (EROFS)';
    case 'EACCES':
    case 'EPERM':
      return `permission denied (${code}); check owner and mode of the directory`;
    case 'EXDEV':
      return 'another file system is mounted inside the folder; exclude it or make it a folder of its own (EXDEV)';
    case 'EFBIG':
      return 'the file system takes no file of this size (EFBIG)';
    case 'EIO':
      return 'the disk reports an error (EIO)';
    default:
      return `the system refused (${code})`;
  }
}
