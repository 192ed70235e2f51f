/** Computes the directory digests that edits have left open, bottom up, and stores them. Within a transaction. */
import type { LocalEntry, TreeSummary } from '../model/entry.js';
import { joinPath, type RelPath, ROOT } from '../model/path.js';
import { EMPTY_TREE, summarizeDirectory } from '../tree/summarize.js';
import { encodeRecord } from './directory-record.js';
import type { LocalDirectory } from './folder-state.js';
import type { StateEnv } from './state-env.js';
import { directoryKey } from './state-keys.js';
import { isOpen, withTree } from './summaries.js';

type Decode = (path: RelPath, record: Buffer) => LocalDirectory | undefined;

/** Returns the root's summary. Only directories on the way to an open one are read. */
export function settleSummaries(env: StateEnv, stamp: number, decode: Decode): TreeSummary {
  const settle = (path: RelPath): TreeSummary => {
    const record = env.get(directoryKey(path));
    const stored = record === undefined ? [] : (decode(path, record) ?? []);
    if (!stored.some((entry) => isOpen(entry.tree))) return summarizeDirectory(stored);
    const entries = stored.map((entry) => (isOpen(entry.tree) ? settled(entry, path) : entry));
    env.put(directoryKey(path), encodeRecord(entries, stamp));
    return summarizeDirectory(entries);
  };

  const settled = (entry: LocalEntry, parent: RelPath): LocalEntry => {
    const below = settle(joinPath(parent, entry.name));
    // A file with nothing to tell below its name has no summary, so that every replica encodes it alike.
    return withTree(entry, entry.kind === 'directory' || below.full !== EMPTY_TREE.full ? below : undefined);
  };

  return settle(ROOT);
}
