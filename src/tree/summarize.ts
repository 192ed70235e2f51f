/**
 * The summary of what lies below a directory, from its entries and the summaries of its children: a Merkle
 * tree, so that equal trees are recognised by one digest. (docs/PROTOCOL.md [digests])
 *
 * [digests] `view` is BLAKE3 of `V` ‖ [pack] of, for each live entry in order of the names: kind u8 (0 file,
 *           1 directory, 2 symlink) ‖ name: length u8, bytes ‖ size varint ‖ mtime below 0: 1, otherwise 0 (u8),
 *           |mtime| varint ‖ mode varint ‖ digest 32, of a directory the view digest of what lies below.
 *           `full` is BLAKE3 of `F` ‖ [pack] of: the view digest, then for each entry, deleted ones included: kind
 *           u8 (3 deleted; plus 8 if history lies below) ‖ deleted: name: length u8, bytes ‖ [vector] ‖ plus 8: the
 *           full digest of what lies below.
 *           `absent` entries are in neither: they are one replica's memory. Nor is lineage: replicas with the same
 *           versions may remember different lengths of it.
 */
import { type Digest, digestOf } from '../model/digest.js';
import { type Directory, type Entry, isLive, type Kind, type TreeSummary } from '../model/entry.js';
import { PackWriter } from './pack-writer.js';
import { VectorWriter } from './vector-table.js';

/** What lies below an empty directory, and below a name that has nothing below it. Digests in hex. */
const EMPTY_FULL = 'bdace90f4f195526e3a790e2438b7f961ad9c4ee0ffbdaf7f48f91ebac324ed2';
const EMPTY_VIEW = '30cb2acf7c630a4f6c832e817bb31808051d5dae30db395fdb0c7ac7fbfc59e4';
const BELOW = 8;

const KIND_CODES: Readonly<Record<Exclude<Kind, 'absent'>, number>> = { file: 0, directory: 1, symlink: 2, deleted: 3 };

/** Written out, because computing it would load the native digest module in runs that need no digest. */
export const EMPTY_TREE: TreeSummary = {
  full: Buffer.from(EMPTY_FULL, 'hex').toString('latin1') as Digest,
  view: Buffer.from(EMPTY_VIEW, 'hex').toString('latin1') as Digest,
  entries: 0,
  bytes: 0,
};

/** Synchronous and never re-entered, so one buffer serves all calls. */
const writer = new PackWriter();

/** Throws if a child's summary is still to be computed: children come first. */
export function summarizeDirectory(directory: Directory): TreeSummary {
  let entries = 0;
  let bytes = 0;
  for (const entry of directory) {
    if (entry.kind === 'absent') continue;
    if (isLive(entry)) entries++;
    if (entry.kind === 'file') bytes += entry.size;
    if (entry.tree === undefined) continue;
    // Below what is no directory nothing can live, but a record may say so still: the next scan goes by this.
    entries += entry.tree.entries;
    bytes += entry.tree.bytes;
  }
  const view = viewOf(directory);
  // Sizes that add up to more than a double can count are made up; they must not make our own listings invalid.
  bytes = Math.min(bytes, Number.MAX_SAFE_INTEGER);
  entries = Math.min(entries, Number.MAX_SAFE_INTEGER);
  return { full: fullOf(directory, view), view, entries, bytes };
}

function viewOf(directory: Directory): Digest {
  writer.clear(); // of what a call that threw may have left
  for (const entry of directory) {
    if (entry.kind === 'deleted' || entry.kind === 'absent') continue;
    writer.byte(KIND_CODES[entry.kind]);
    writeName(entry);
    writer.varint(entry.size);
    writer.byte(entry.mtime < 0 ? 1 : 0);
    writer.varint(Math.abs(entry.mtime));
    writer.varint(entry.mode);
    writer.string(entry.kind === 'directory' ? (entry.tree ?? EMPTY_TREE).view : entry.digest);
  }
  return digestOf(writer.take(0x56));
}

function fullOf(directory: Directory, view: Digest): Digest {
  const vectors = new VectorWriter();
  writer.clear();
  writer.string(view);
  for (const entry of directory) {
    if (entry.kind === 'absent') continue;
    const { full } = entry.tree ?? EMPTY_TREE;
    if (full === '') throw new Error('expected the summaries of the children before that of their parent');
    const below = full === EMPTY_TREE.full ? 0 : BELOW;
    writer.byte(KIND_CODES[entry.kind] | below);
    if (entry.kind === 'deleted') writeName(entry);
    vectors.write(writer, entry.vector);
    if (below > 0) writer.string(full);
  }
  return digestOf(writer.take(0x46));
}

function writeName({ name }: Entry): void {
  writer.byte(name.length);
  writer.string(name);
}
