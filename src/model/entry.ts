/**
 * An entry: what a replica knows of one path. The words are those of docs/DESIGN.md, "Words".
 */
import type { Digest } from './digest.js';
import type { Name } from './path.js';
import type { VersionVector } from './version-vector.js';

/**
 * - `file`, `directory`, `symlink`: live.
 * - `deleted`: a tombstone; a claim that may remove what it dominates (only with `--delete`).
 * - `absent`: known once, not there now, and *no* claim: never sent to a peer, never in a digest. It keeps
 *   the vector, so that a file that comes back continues its history.
 */
export type Kind = 'file' | 'directory' | 'symlink' | 'deleted' | 'absent';

/** What lies below a directory, so that equal trees need not be opened. */
export interface TreeSummary {
  /** Digest of everything synchronised below, history included; empty when it must be computed anew. */
  readonly full: Digest;
  /** Digest of what a user sees below: live names, kinds, content, modes, times; no history. */
  readonly view: Digest;
  /** Live entries below, directories included. */
  readonly entries: number;
  /** Bytes of live files below. */
  readonly bytes: number;
}

export interface Entry {
  readonly name: Name;
  readonly kind: Kind;
  /** Bytes: of a file's content, of a symlink's target; otherwise 0. */
  readonly size: number;
  /** Microseconds since 1970, may be negative; of files and symlinks, otherwise 0. */
  readonly mtime: number;
  /** Permission bits 0..0o777 of files and directories, otherwise 0. */
  readonly mode: number;
  /** Of a file's content or a symlink's target; otherwise empty. */
  readonly digest: Digest;
  readonly vector: VersionVector;
  /** First 16 bytes of the digests that this version supersedes, newest first, at most {@link LINEAGE_MAX}. */
  readonly lineage: readonly Lineage[];
  /** Always there for a directory; for other kinds where tombstones or absent entries lie below the name. */
  readonly tree?: TreeSummary;
}

/** First 16 bytes of a superseded content digest. */
export type Lineage = string & { readonly __brand: 'Lineage' };
export const LINEAGE_BYTES = 16;
/** Entries; a replica more edits behind than this gets a conflict copy instead of a fast-forward. */
export const LINEAGE_MAX = 32;

export function lineageOf(digest: Digest): Lineage {
  return digest.slice(0, LINEAGE_BYTES) as string as Lineage;
}

/** What the file system said of a file when its content was last known: if it still says so, it is not read. */
export interface LocalStat {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  /** Milliseconds as Node gives them (about 0.25 µs apart today); compared for equality only. */
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

/** An entry as this replica holds it. `stat` is there for files and symlinks seen on this disk. */
export interface LocalEntry extends Entry {
  readonly stat?: LocalStat;
  /** Of `deleted` and `absent`: when this was recorded, in milliseconds since 1970 by this machine's clock. */
  readonly since?: number;
}

/** All entries of one directory, sorted by name, each name once. */
export type Directory<E extends Entry = Entry> = readonly E[];

export function isLive(entry: Entry): boolean {
  return entry.kind === 'file' || entry.kind === 'directory' || entry.kind === 'symlink';
}

/** Whether two entries hold the same content, whatever their metadata and history. */
export function sameContent(a: Entry, b: Entry): boolean {
  return a.kind === b.kind && a.digest === b.digest;
}

/** Whether two entries look the same to a user. */
export function sameView(a: Entry, b: Entry): boolean {
  return sameContent(a, b) && a.mtime === b.mtime && a.mode === b.mode;
}

/** The kind by which rules go: of what was deleted elsewhere only the entry here says whether it is a directory. */
export function kindHere(target: Entry, mine: Entry | undefined): Kind {
  return isLive(target) ? target.kind : (mine ?? target).kind;
}
