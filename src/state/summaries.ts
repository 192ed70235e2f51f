/**
 * Which directory digests must be computed anew. The summary of what lies below a name belongs to the state:
 * whoever edits a directory cannot change it, only the state marks it (`full` empty) and computes it.
 * Invariant: above a marked entry every ancestor's entry is marked too, and so is the root.
 */
import { NO_DIGEST } from '../model/digest.js';
import type { LocalEntry, TreeSummary } from '../model/entry.js';
import type { Name } from '../model/path.js';
import type { LocalDirectory } from './folder-state.js';

/** A summary that says nothing yet. */
export const OPEN_SUMMARY: TreeSummary = { full: NO_DIGEST, view: NO_DIGEST, entries: 0, bytes: 0 };

export function isOpen(summary: TreeSummary | undefined): boolean {
  return summary !== undefined && summary.full === NO_DIGEST;
}

/**
 * The edited entries with the summaries that the stored ones had. `hasRecord` tells whether something is
 * recorded below a name that was not in the directory before.
 */
export function keepSummaries(
  before: LocalDirectory,
  after: LocalDirectory,
  hasRecord: (name: Name) => boolean,
): LocalEntry[] {
  const kept: LocalEntry[] = [];
  let i = 0;
  for (const entry of after) {
    while (i < before.length && (before[i] as LocalEntry).name < entry.name) i++;
    const old = before[i]?.name === entry.name ? before[i] : undefined;
    kept.push(old === entry ? entry : withTree(entry, summaryFor(entry, old, hasRecord)));
  }
  return kept;
}

/** Marks the name's summary in place; false if it is marked already or the name is unknown. */
export function markName(entries: LocalEntry[], name: Name): boolean {
  const index = indexOf(entries, name);
  const entry = entries[index];
  if (entry === undefined || isOpen(entry.tree)) return false;
  entries[index] = withTree(entry, { ...(entry.tree ?? OPEN_SUMMARY), full: NO_DIGEST });
  return true;
}

export function withTree(entry: LocalEntry, tree: TreeSummary | undefined): LocalEntry {
  if (entry.tree === tree) return entry;
  const { tree: _, ...rest } = entry;
  return tree === undefined ? rest : { ...rest, tree };
}

function summaryFor(
  entry: LocalEntry,
  old: LocalEntry | undefined,
  hasRecord: (name: Name) => boolean,
): TreeSummary | undefined {
  if (old?.tree !== undefined) return old.kind === entry.kind ? old.tree : { ...old.tree, full: NO_DIGEST };
  if (entry.kind === 'directory') return OPEN_SUMMARY;
  return old === undefined && hasRecord(entry.name) ? OPEN_SUMMARY : undefined;
}

/** Index of the name, or -1. */
function indexOf(entries: LocalDirectory, name: Name): number {
  let low = 0;
  let high = entries.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = (entries[middle] as LocalEntry).name;
    if (found === name) return middle;
    if (found < name) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
