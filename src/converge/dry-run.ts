/**
 * `--dry-run`: what the plan would do on which replica, as `change` events, and how much that is; nothing is sent or
 * installed. What comes back here is told as the run would tell it; of a peer it is not known what it once had.
 */
import { joinPath, type Name, type RelPath } from '../model/path.js';
import type { FolderState, LocalDirectory } from '../state/folder-state.js';
import { findEntry } from '../tree/edit-directory.js';
import type { Peer } from './find-peers.js';
import { movesContent, type PlannedDirectory } from './plan-run.js';
import type { Progress } from './progress.js';
import type { Run } from './run.js';

/** True if nothing would be done anywhere. */
export async function itemise(
  run: Run,
  plan: AsyncIterable<PlannedDirectory>,
  peers: readonly Peer[],
  progress: Progress,
  state: Pick<FolderState, 'directory'>,
): Promise<boolean> {
  let equal = true;
  for await (const { path, decisions } of plan) {
    const wasHere = lookIn(state, path);
    for (const { target, lacking, actions } of decisions) {
      lacking.forEach((replica, i) => {
        const planned = actions[i];
        if (planned === undefined || planned === 'record') return;
        equal = false;
        const comesBack = planned === 'create' && replica === 0 && wasHere(target.name);
        const action = comesBack ? 'restore' : planned;
        if (movesContent(action)) progress.plan(target.size);
        const peer = peers[replica - 1];
        const bytes = action === 'metadata' || action === 'delete' ? 0 : target.size;
        const where = peer === undefined ? {} : { peer: peer.name };
        const counts = { literalBytes: 0, matchedBytes: 0, reusedBytes: 0 };
        run.tally.emit({ type: 'change', path: joinPath(path, target.name), action, bytes, ...counts, ...where });
      });
    }
  }
  progress.planned();
  return equal;
}

/** Whether this replica remembers a name in the directory, which is looked up once, if at all. */
function lookIn(state: Pick<FolderState, 'directory'>, directory: RelPath): (name: Name) => boolean {
  let entries: LocalDirectory | undefined;
  return (name) => {
    entries ??= state.directory(directory) ?? [];
    return findEntry(entries, name) !== undefined;
  };
}
