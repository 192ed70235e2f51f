/** Runs that start in the same minute install the same: who finds that another was quicker has no problem. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Entry, sameView } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import type { FolderState } from '../state/folder-state.js';
import { findEntry } from '../tree/edit-directory.js';

/** Milliseconds between looks whether what another run has put on the disk is recorded, too. */
const RECORDED_WITHIN = [20, 80, 300];

/** Whether the target is recorded in the directory, now or in a moment. */
export async function isInstalledMeanwhile(state: FolderState, parent: RelPath, target: Entry): Promise<boolean> {
  for (const wait of RECORDED_WITHIN) {
    await sleep(wait);
    const now = findEntry(state.directory(parent) ?? [], target.name);
    if (now !== undefined && sameView(now, target)) return true;
  }
  return false;
}
