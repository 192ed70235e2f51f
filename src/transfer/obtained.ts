/** What obtaining a content yields, by whatever way it came. */
import type { StagedFile } from '../apply/staged-file.js';
import { type Digest, hexOf } from '../model/digest.js';
import type { DeltaCounts } from '../model/event.js';
import type { RelPath } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import type { PackedContent } from './packs.js';

/**
 * A content in staging whose digest has been checked, or the content of a small new file in memory, of which both are
 * still to be done (apply/new-files.ts).
 */
export type Obtained = { readonly counts: DeltaCounts } & (
  | { readonly staged: StagedFile }
  | { readonly packed: PackedContent }
);

/** Hears of the bytes of a large content as they arrive. */
export type OnBytes = (path: RelPath, bytes: number) => void;

export function corrupt(expected: Digest): SyncError {
  const promised = `${hexOf(expected).slice(0, 16)}…`;
  return new SyncError(
    'protocol',
    `the content that came does not have the promised digest ${promised}; it was not installed`,
  );
}
