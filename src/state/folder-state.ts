/**
 * What this replica remembers of one folder between runs. Implemented over LMDB in lmdb-state.ts; readers
 * depend on this shape only. (docs/DESIGN.md, "State")
 */
import type { Digest } from '../model/digest.js';
import type { Directory, LocalEntry, TreeSummary } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import type { ReplicaId } from '../model/version-vector.js';

export type LocalDirectory = Directory<LocalEntry>;

/** One directory's change: from what is stored at that moment to what shall be stored. */
export interface DirectoryEdit {
  readonly path: RelPath;
  /** Pure and quick: runs inside the transaction. Undefined removes the record. */
  edit(current: LocalDirectory | undefined): LocalDirectory | undefined;
}

export interface RememberedPeer {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly lastSeen: number;
  /** Its listener id then, in hex: a process that still runs can be dialled without being asked first. */
  readonly listener?: string;
}

export interface FolderState {
  /** This replica's id; new after the state was lost or a backup was restored. */
  readonly replica: ReplicaId;
  /** The record of one directory; undefined when nothing is known of it. */
  directory(path: RelPath): LocalDirectory | undefined;
  /**
   * Applies edits in one transaction that is durable when this returns. Marks the digests of the
   * directories and all their ancestors as to be computed anew.
   */
  update(edits: Iterable<DirectoryEdit>): void;
  /** Computes the digests that updates have left open, bottom up, and returns the root's summary. */
  settle(): TreeSummary;
  /** Allocates the next edit counter of this replica; durable when this returns. */
  tick(): number;
  /** Highest counter seen of every replica, this one's own included. */
  seen(): ReadonlyMap<ReplicaId, number>;
  /** Takes a new replica id, because a peer knows more edits of the old one than this state does. */
  renew(): ReplicaId;
  /** Encoded delta signatures by content digest. */
  signature(digest: Digest): Uint8Array | undefined;
  putSignature(digest: Digest, signature: Uint8Array): void;
  /** Encoded lists of the chunks of whole contents, by content digest (delta/chunk-codec.ts). */
  chunks(digest: Digest): Uint8Array | undefined;
  putChunks(digest: Digest, chunks: Uint8Array): void;
  /** Strong checksums of some chunks of contents, by content digest: what tells that a content is like another. */
  samples(digest: Digest): Uint8Array | undefined;
  putSamples(digest: Digest, samples: Uint8Array): void;
  peers(): readonly RememberedPeer[];
  rememberPeers(peers: readonly RememberedPeer[]): void;
  /** Small values that may be lost, such as the last run's summary, as JSON; writing does not wait for the disk. */
  note(key: string): unknown;
  putNote(key: string, value: unknown): void;
  /** Gives back what an open state takes of the system, until it is used again, which takes some milliseconds then. */
  rest(): void;
  close(): Promise<void>;
}
