/** What it means for the scan that a path could not be looked at. */
import { textOf } from '../model/byte-string.js';
import type { RelPath } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';

export type Trouble = 'vanished' | { readonly code: 'unreadable' | 'changed'; readonly message: string };

/** `vanished` is none: somebody deleted it while we were scanning. What is no trouble with a path is thrown again. */
export function troubleOf(error: unknown, path: RelPath): Trouble {
  const shown = JSON.stringify(textOf(path));
  if (error instanceof SyncError) {
    if (error.code === 'changed' || error.code === 'path') {
      return { code: 'changed', message: `${shown} was replaced while it was scanned; the next run takes it` };
    }
    if (error.code === 'io' || error.code === 'usage') return { code: 'unreadable', message: error.message };
    throw error;
  }
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) throw error;
  if (code === 'ENOENT') return 'vanished';
  if (code === 'ENOTDIR' || code === 'ELOOP') {
    return { code: 'changed', message: `${shown} was replaced while it was scanned; the next run takes it` };
  }
  return { code: 'unreadable', message: `${shown} cannot be read: ${reasonOf(code)}; what is recorded of it stays` };
}

function reasonOf(code: string): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `permission denied (${code})`;
    case 'EIO':
      return 'the disk reports an error (EIO)';
    case 'EMFILE':
    case 'ENFILE':
      return `too many files are open (${code})`;
    case 'ENAMETOOLONG':
      return 'its path is too long for this system (ENAMETOOLONG)';
    default:
      return `the system refused (${code})`;
  }
}
