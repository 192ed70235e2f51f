/** What becomes of a staged file whose transfer did not come to its end. */
import type { StagedFile } from '../apply/staged-file.js';
import { asSyncError, type SyncErrorCode } from '../model/sync-error.js';

/** Failures of the connection or of the whole run: what came before them is as good as any. */
const CUTS: readonly SyncErrorCode[] = ['closed', 'timeout', 'interrupted'];

/** Keeps what came before a cut for the next transfer of the same content. What a liar or a failing disk left goes. */
export function setAside(staged: StagedFile, error: unknown): void {
  if (CUTS.includes(asSyncError(error, 'io').code)) staged.suspend();
  else staged.discard();
}
