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

/**
 * Bytes of records settled in one transaction: it holds in memory what it writes, and while a first scan is settled that
 * would be the whole tree. Those on the way to them are written too and do not count: a directory wide enough to be over
 * the limit by itself would be written anew for each directory in it.
 */
const BYTES_MAX = 16 * 1024 * 1024;

/**
 * Returns the root's summary, or undefined if more is to be done in a further transaction. Only directories on the way
 * to an open one are read.
 */
export function settleSummaries(
  env: StateEnv,
  stamp: number,
  decode: Decode,
  bytesMax = BYTES_MAX,
): TreeSummary | undefined {
  let bytes = 0;
  let done = 0;

  /** Undefined: something below is left open. */
  const settle = (path: RelPath): TreeSummary | undefined => {
    const record = env.get(directoryKey(path));
    const stored = record === undefined ? [] : (decode(path, record) ?? []);
    if (!stored.some((entry) => isOpen(entry.tree))) return summarized(stored, record);
    // At least one is settled each time, however large it is.
    const mayGoOn = (): boolean => bytes <= bytesMax || done === 0;
    const entries = stored.map((entry) => (isOpen(entry.tree) && mayGoOn() ? settled(entry, path) : entry));
    env.put(directoryKey(path), encodeRecord(entries, stamp));
    return entries.some((entry) => isOpen(entry.tree)) ? undefined : summarized(entries, record);
  };

  const summarized = (entries: LocalDirectory, record: Buffer | undefined): TreeSummary => {
    done++;
    bytes += record?.length ?? 0;
    return summarizeDirectory(entries);
  };

  const settled = (entry: LocalEntry, parent: RelPath): LocalEntry => {
    const below = settle(joinPath(parent, entry.name));
    if (below === undefined) return entry;
    // A file with nothing to tell below its name has no summary, so that every replica encodes it alike.
    return withTree(entry, entry.kind === 'directory' || below.full !== EMPTY_TREE.full ? below : undefined);
  };

  return settle(ROOT);
}
