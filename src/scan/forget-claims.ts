/**
 * A directory that goes missing in a plain run, or is ignored, claims nothing; so what was deleted below it claims nothing
 * either. Its tombstones would be told to nobody, yet refuse what comes back with the directory. Who else knows of those
 * deletions tells them again. (docs/SEMANTICS.md, "What is forgotten")
 */
import { isLive } from '../model/entry.js';
import { joinPath, type RelPath } from '../model/path.js';
import type { FolderState } from '../state/folder-state.js';
import type { RecordBatch } from './record-batch.js';

/** Forgets the tombstones below the path, but for those below directories that are recorded as live. */
export function forgetClaims(state: FolderState, batch: RecordBatch, path: RelPath): void {
  for (const entry of state.directory(path) ?? []) {
    if (isLive(entry)) continue;
    if (entry.tree !== undefined) forgetClaims(state, batch, joinPath(path, entry.name));
    if (entry.kind === 'deleted') batch.forget(path, entry);
  }
}
