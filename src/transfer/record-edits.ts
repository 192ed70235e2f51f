/** Turns finished work into edits of the state: what was installed is recorded, what moved meanwhile is not. */
import type { LocalEntry } from '../model/entry.js';
import { sameContent } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import { joinVectors } from '../model/version-vector.js';
import type { DirectoryEdit, LocalDirectory } from '../state/folder-state.js';
import { findEntry, putEntries } from '../tree/edit-directory.js';
import type { Ready } from './carry-out.js';

export interface Done {
  readonly ready: Ready;
  readonly entries: readonly LocalEntry[];
}

export function editsOf(done: readonly Done[]): DirectoryEdit[] {
  const byParent = new Map<RelPath, Done[]>();
  for (const item of done) {
    const siblings = byParent.get(item.ready.parent);
    if (siblings === undefined) byParent.set(item.ready.parent, [item]);
    else siblings.push(item);
  }
  return [...byParent].map(([path, items]) => ({ path, edit: (current) => record(current ?? [], items) }));
}

function record(current: LocalDirectory, items: readonly Done[]): LocalDirectory {
  const entries: LocalEntry[] = [];
  for (const { entries: installed } of items) {
    for (const entry of installed) entries.push(settled(findEntry(current, entry.name), entry));
  }
  return putEntries(current, entries);
}

/**
 * Another process may have recorded the same path since (a scan that already saw the installed file): equal
 * content joins the histories. Otherwise what was installed is what the disk holds, and if the disk holds
 * something newer, its stat tells the next scan.
 */
function settled(current: LocalEntry | undefined, installed: LocalEntry): LocalEntry {
  if (current === undefined && installed.tree === undefined) return installed; // a new file, as most are
  const tree = current?.tree ?? installed.tree;
  const vector =
    current !== undefined && sameContent(current, installed)
      ? joinVectors(current.vector, installed.vector)
      : installed.vector;
  return { ...installed, vector, ...(tree === undefined ? {} : { tree: { ...tree, full: '' as typeof tree.full } }) };
}
