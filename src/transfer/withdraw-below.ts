/**
 * A directory that was made a moment ago is empty. Should the state still hold something below its name as live (recorded
 * while the directory itself was not, because that failed), the next scan would find it missing, and a run with --delete
 * would take it for deleted.
 */
import { isLive } from '../model/entry.js';
import { joinPath, type RelPath } from '../model/path.js';
import { withdrawn } from '../scan/withdrawn.js';
import type { DirectoryEdit, FolderState } from '../state/folder-state.js';

export function withdrawBelow(state: FolderState, path: RelPath): void {
  const edits = [...withdrawals(state, path)];
  if (edits.length > 0) state.update(edits);
}

function* withdrawals(state: FolderState, path: RelPath): Generator<DirectoryEdit> {
  const live = (state.directory(path) ?? []).filter(isLive);
  for (const { name, kind } of live) if (kind === 'directory') yield* withdrawals(state, joinPath(path, name));
  if (live.length === 0) return;
  yield { path, edit: (current) => current?.map((entry) => (isLive(entry) ? withdrawn(entry) : entry)) };
}
