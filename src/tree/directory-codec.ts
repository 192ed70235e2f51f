/**
 * The packed form of one directory: the state's records (`local`, with stats) and the listings and targets on
 * the wire. One directory has exactly one packed form. (docs/PROTOCOL.md [directory])
 *
 * [directory]  version u8 = 1 ‖ form u8: 0 wire, 1 local ‖ [pack] of entries, in strictly ascending order of names.
 *              In what follows digests, ids and the bytes of names are strings of the pack, all else numbers.
 * [entry]      flags u8: bits 0–2 kind (0 file, 1 directory, 2 symlink, 3 deleted, 4 absent: local only),
 *              8 tree, 16 stat (local only), 32 mtime below 0, 64 lineage
 *              ‖ name: length u8, bytes
 *              ‖ file, symlink: size varint, |mtime| varint (µs), digest 32
 *              ‖ file, directory: mode varint ≤ 0o777
 *              ‖ [vector] ‖ if flagged: [lineage], [summary], [stat] (of deleted and absent: [since])
 * [vector]     index varint into the vectors of this directory, in order of first use; the next free index
 *              introduces a new one: pairs varint, then id 8 ‖ counter varint from 1, ids strictly ascending
 * [lineage]    count u8, 1..32 ‖ 16 bytes each
 * [summary]    u8: 1 full follows, 2 view follows ‖ full 32 ‖ view 32 ‖ entries varint ‖ bytes varint
 * [since]      milliseconds since 1970 by this machine's clock, IEEE double, little end first
 * [stat]       dev varint ‖ ino varint ‖ size varint ‖ mtimeMs, ctimeMs IEEE double, little end first
 *
 * Nearly all entries of a directory share a few vectors, hence the table. No count is declared for entries:
 * they go on to the end of the numbers, so there is nothing to allocate on trust.
 */
import { DIGEST_BYTES, type Digest, NO_DIGEST } from '../model/digest.js';
import {
  type Directory,
  type Kind,
  LINEAGE_BYTES,
  LINEAGE_MAX,
  type Lineage,
  type LocalEntry,
  type LocalStat,
  type TreeSummary,
} from '../model/entry.js';
import { checkName } from '../model/path-rule.js';
import { malformed, PackReader } from './pack-reader.js';
import { PackWriter } from './pack-writer.js';
import { PAIRS_MAX, VectorReader, VectorWriter } from './vector-table.js';

export interface DirectoryForm {
  /** True for this replica's own state: stats and `absent` entries are kept. */
  readonly local: boolean;
}

/** Entries of a listing from a peer. One of eight bytes becomes an object of 250. */
export const ENTRIES_MAX = 1_000_000;

const VERSION = 1;
const MODE_MAX = 0o777;
const KINDS: readonly Kind[] = ['file', 'directory', 'symlink', 'deleted', 'absent'];
const KIND_BITS = 7;
const HAS_TREE = 8;
const HAS_STAT = 16;
const BEFORE_1970 = 32;
const HAS_LINEAGE = 64;

/** Encoding is synchronous and never re-entered, so one buffer serves all calls. */
const writer = new PackWriter();

/** Packs a directory. The wire form leaves out stats and `absent` entries, which are no claim to anyone. */
export function encodeDirectory(directory: Directory<LocalEntry>, { local }: DirectoryForm): Buffer {
  const vectors = new VectorWriter();
  writer.clear(); // of what a call that threw may have left
  for (const entry of directory) if (local || entry.kind !== 'absent') writeEntry(entry, vectors, local);
  return writer.take(VERSION, local ? 1 : 0);
}

/** Unpacks a directory; throws `protocol` or `path` for anything that {@link encodeDirectory} cannot have made. */
export function decodeDirectory(bytes: Uint8Array, { local }: DirectoryForm): Directory<LocalEntry> {
  if (bytes[0] !== VERSION) throw malformed(`has version ${bytes[0]} instead of ${VERSION}`);
  if (bytes[1] !== (local ? 1 : 0)) throw malformed(`is not in the ${local ? 'local' : 'wire'} form`);
  const reader = new PackReader(bytes, 2);
  const vectors = new VectorReader(local ? Number.POSITIVE_INFINITY : PAIRS_MAX);
  const entries: LocalEntry[] = [];
  let previous = '';
  while (!reader.ended) {
    const entry = readEntry(reader, vectors, local);
    if (entry.name <= previous) throw malformed('has names out of order');
    previous = entry.name;
    entries.push(entry);
    if (!local && entries.length > ENTRIES_MAX) throw malformed(`has more than ${ENTRIES_MAX} entries`);
  }
  return entries;
}

function writeEntry(entry: LocalEntry, vectors: VectorWriter, local: boolean): void {
  const { kind, name, lineage, tree } = entry;
  const stat = local ? entry.stat : undefined;
  const since = local && isGone(kind) ? entry.since : undefined;
  let flags = KINDS.indexOf(kind);
  if (tree !== undefined) flags |= HAS_TREE;
  if (stat !== undefined || since !== undefined) flags |= HAS_STAT;
  if (entry.mtime < 0) flags |= BEFORE_1970;
  if (lineage.length > 0) flags |= HAS_LINEAGE;
  writer.byte(flags);
  writer.byte(name.length);
  writer.string(name);
  if (hasContent(kind)) {
    writer.safe(entry.size);
    writer.safe(Math.abs(entry.mtime));
    writer.string(sized(entry.digest));
  }
  if (hasMode(kind)) writer.varint(entry.mode);
  vectors.write(writer, entry.vector);
  if (lineage.length > 0) {
    writer.byte(lineage.length);
    for (const digest of lineage) writer.string(digest);
  }
  if (tree !== undefined) writeSummary(tree);
  if (since !== undefined) writer.double(since);
  else if (stat !== undefined) writeStat(stat);
}

function readEntry(reader: PackReader, vectors: VectorReader, local: boolean): LocalEntry {
  const flags = reader.byte();
  const kind = KINDS[flags & KIND_BITS];
  if (kind === undefined || flags > 127) throw malformed(`has an entry with flags ${flags}`);
  if (!local && (kind === 'absent' || (flags & HAS_STAT) !== 0)) throw malformed('tells what is only for its owner');
  const name = checkName(reader.string(reader.byte()));
  let size = 0;
  let mtime = 0;
  let digest = NO_DIGEST;
  if (hasContent(kind)) {
    size = reader.safe();
    mtime = readTime(reader, flags);
    digest = reader.string(DIGEST_BYTES) as Digest;
  } else if ((flags & BEFORE_1970) !== 0) throw malformed('has a time where there is none');
  const mode = hasMode(kind) ? reader.varint() : 0;
  if (mode > MODE_MAX) throw malformed(`has the mode ${mode.toString(8)}`);
  const vector = vectors.read(reader);
  const lineage = (flags & HAS_LINEAGE) === 0 ? NO_LINEAGE : readLineage(reader);
  const entry = { name, kind, size, mtime, mode, digest, vector, lineage };
  // Written out, because a spread for each entry takes longer than all the rest.
  const tree = (flags & HAS_TREE) === 0 ? undefined : readSummary(reader);
  if ((flags & HAS_STAT) !== 0 && isGone(kind)) return goneSince(entry, tree, reader.double());
  if (tree === undefined) return (flags & HAS_STAT) === 0 ? entry : withStat(entry, readStat(reader));
  if ((flags & HAS_STAT) !== 0) return { ...entry, tree, stat: readStat(reader) };
  return { name, kind, size, mtime, mode, digest, vector, lineage, tree };
}

function withStat(entry: LocalEntry, stat: LocalStat): LocalEntry {
  const { name, kind, size, mtime, mode, digest, vector, lineage } = entry;
  return { name, kind, size, mtime, mode, digest, vector, lineage, stat };
}

function goneSince(entry: LocalEntry, tree: TreeSummary | undefined, since: number): LocalEntry {
  if (!Number.isFinite(since)) throw malformed('has a time that is no number');
  return tree === undefined ? { ...entry, since } : { ...entry, tree, since };
}

const NO_LINEAGE: readonly Lineage[] = [];

function readTime(reader: PackReader, flags: number): number {
  const magnitude = reader.safe();
  if ((flags & BEFORE_1970) === 0) return magnitude;
  if (magnitude === 0) throw malformed('has a negative zero');
  return -magnitude;
}

function readLineage(reader: PackReader): readonly Lineage[] {
  const count = reader.byte();
  if (count === 0 || count > LINEAGE_MAX) throw malformed(`has a lineage of ${count}`);
  const lineage: Lineage[] = [];
  while (lineage.length < count) lineage.push(reader.string(LINEAGE_BYTES) as string as Lineage);
  return lineage;
}

function writeSummary({ full, view, entries, bytes }: TreeSummary): void {
  writer.byte((full === NO_DIGEST ? 0 : 1) | (view === NO_DIGEST ? 0 : 2));
  if (full !== NO_DIGEST) writer.string(sized(full));
  if (view !== NO_DIGEST) writer.string(sized(view));
  writer.varint(entries);
  writer.varint(bytes);
}

function readSummary(reader: PackReader): TreeSummary {
  const present = reader.byte();
  if (present > 3) throw malformed('has an unknown kind of summary');
  const full = (present & 1) === 0 ? NO_DIGEST : (reader.string(DIGEST_BYTES) as Digest);
  const view = (present & 2) === 0 ? NO_DIGEST : (reader.string(DIGEST_BYTES) as Digest);
  return { full, view, entries: reader.safe(), bytes: reader.safe() };
}

function writeStat({ dev, ino, size, mtimeMs, ctimeMs }: LocalStat): void {
  writer.varint(dev);
  writer.varint(ino);
  writer.safe(size);
  writer.double(mtimeMs);
  writer.double(ctimeMs);
}

function readStat(reader: PackReader): LocalStat {
  const dev = reader.varint();
  const ino = reader.varint();
  const size = reader.safe();
  return { dev, ino, size, mtimeMs: reader.double(), ctimeMs: reader.double() };
}

function sized(digest: Digest): Digest {
  if (digest.length !== DIGEST_BYTES)
    throw new RangeError(`expected a digest of ${DIGEST_BYTES} bytes, got ${digest.length}`);
  return digest;
}

function hasContent(kind: Kind): boolean {
  return kind === 'file' || kind === 'symlink';
}

function isGone(kind: Kind): boolean {
  return kind === 'deleted' || kind === 'absent';
}

function hasMode(kind: Kind): boolean {
  return kind === 'file' || kind === 'directory';
}
