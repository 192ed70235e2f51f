/**
 * Lets the state forget what has been gone for long, by the rule of plan/forget.ts. Looked at once a day: a scan does
 * not visit what is not there.
 */
import { joinPath, type Name, type RelPath, ROOT } from '../model/path.js';
import { forgetOld } from '../plan/forget.js';
import type { DirectoryEdit, FolderState, LocalDirectory } from '../state/folder-state.js';

const NOTE = 'forgotten-at';
const DAY_MS = 86_400_000;
/** Directories edited in one transaction. */
const EDITS_AT_ONCE = 512;

/** `now`: milliseconds since 1970. A clock that is set back only makes it later. */
export function forgetGone(state: FolderState, now: number): void {
  const last = state.note(NOTE);
  if (typeof last === 'number' && Math.abs(now - last) < DAY_MS) return;
  const edits: DirectoryEdit[] = [];
  visit(state, ROOT, now, edits);
  for (let i = 0; i < edits.length; i += EDITS_AT_ONCE) state.update(edits.slice(i, i + EDITS_AT_ONCE));
  state.putNote(NOTE, now);
}

/** What lies below a name is forgotten before the name is. True if a tombstone is left here or below. */
function visit(state: FolderState, path: RelPath, now: number, edits: DirectoryEdit[]): boolean {
  const entries = state.directory(path) ?? [];
  const claiming = new Set<Name>();
  for (const { name, tree } of entries) {
    if (tree !== undefined && visit(state, joinPath(path, name), now, edits)) claiming.add(name);
  }
  const left = remembered(entries, now, claiming);
  if (left.length < entries.length || left.some((entry, i) => entry !== entries[i])) {
    edits.push({ path, edit: (current) => remembered(current ?? [], now, claiming) });
  }
  return claiming.size > 0 || left.some(({ kind }) => kind === 'deleted');
}

function remembered(current: LocalDirectory, now: number, claiming: ReadonlySet<Name>): LocalDirectory {
  return current.flatMap((entry) => forgetOld(entry, now, claiming.has(entry.name)) ?? []);
}
