/** Finds the conflict copies that are still there, which `status` and the report list. */
import { isLive } from '../model/entry.js';
import { joinPath, type RelPath } from '../model/path.js';
import { isConflictCopy } from '../plan/conflict-name.js';
import type { FolderState } from '../state/folder-state.js';

/** The paths of all that the state knows below the directory, in order; there may be very many. */
export function* conflictCopiesIn(state: Pick<FolderState, 'directory'>, directory: RelPath): Generator<RelPath> {
  for (const entry of state.directory(directory) ?? []) {
    if (!isLive(entry)) continue;
    const child = joinPath(directory, entry.name);
    if (entry.kind === 'directory') yield* conflictCopiesIn(state, child);
    else if (isConflictCopy(entry)) yield child;
  }
}
