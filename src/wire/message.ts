/**
 * Every message of the session protocol as a type (docs/PROTOCOL.md, "Messages"). The decoders stand in
 * decode-message.ts: what comes from a peer is unknown until one of them has accepted it.
 */
import type { Digest } from '../model/digest.js';
import type { ChangeAction } from '../model/event.js';
import type { Name, RelPath } from '../model/path.js';
import type { ProblemCode } from '../model/problem.js';
import type { SyncErrorCode } from '../model/sync-error.js';
import type { ReplicaId } from '../model/version-vector.js';

/** [hello] First frame of each end, on channel 0. */
export interface Hello {
  readonly type: 'hello';
  /** Protocol versions that this end speaks, newest first. */
  readonly versions: readonly number[];
  /** 16 bytes. */
  readonly group: Uint8Array;
  readonly replica: ReplicaId;
  /** 16 bytes: the run's id, which its probes carry too, so that a listener's scan at the probe serves this session. */
  readonly run: Uint8Array;
  /** Host name, for people. */
  readonly name: string;
  /** Milliseconds since 1970, to warn of clocks that are far apart. */
  readonly clock: number;
  /** Codecs and extensions that this end can receive. */
  readonly features: readonly string[];
  /** What the dialling end comes for; a listener says `serve`. */
  readonly purpose: 'once' | 'check' | 'serve';
  /** The dialling end asks for deletes; the listening end consents to them. */
  readonly deletes: boolean;
  readonly readOnly: boolean;
}

/** [tree] Opens a channel on which `list` asks for directories; answered by `root` at once. */
export interface Tree {
  readonly type: 'tree';
}
export interface Root {
  readonly type: 'root';
  readonly full: Digest;
  readonly view: Digest;
  readonly entries: number;
  readonly bytes: number;
  /** Highest edit counter known of each replica, at most 4,096. */
  readonly seen: readonly (readonly [ReplicaId, number])[];
  /** Bytes that may still be written to its disk. */
  readonly free: number;
}
export interface List {
  readonly type: 'list';
  readonly path: RelPath;
}
/** Payload: a part of the packed directory; parts are concatenated until `last`. A directory that is not there is empty. */
export interface DirectoryPart {
  readonly type: 'directory';
  readonly path: RelPath;
  readonly last: boolean;
}

/** [content] Opens a channel on which `want` asks for whole contents. */
export interface Content {
  readonly type: 'content';
}
export interface WantItem {
  readonly path: RelPath;
  readonly digest: Digest;
  readonly size: number;
}
/** At most 1,024 items. Items are numbered from 0 over the whole channel and answered in order. */
export interface Want {
  readonly type: 'want';
  readonly items: readonly WantItem[];
}
/**
 * A run of the channel's byte stream. Each segment says whose bytes the payload holds next; `last` ends the
 * item. `gone`: the sender no longer has that content (no bytes, ends the item).
 */
export interface Segment {
  readonly item: number;
  readonly length: number;
  readonly status: 'more' | 'last' | 'gone';
}
export interface Contents {
  readonly type: 'contents';
  readonly segments: readonly Segment[];
}

/** [delta] Opens a channel for one file: `digest` is wanted, `basis` is what the receiver has. */
export interface Delta {
  readonly type: 'delta';
  readonly path: RelPath;
  readonly digest: Digest;
  readonly size: number;
  readonly basis: Digest;
  readonly basisSize: number;
}
/** [signature-need] The sender does not know the basis: send its signature. Payload of `signature`: a part of it. */
export interface SignatureNeed {
  readonly type: 'signature-need';
}
export interface SignaturePart {
  readonly type: 'signature';
  readonly last: boolean;
}
/** [refine] Payload: packed ranges of the basis with the block size for each (delta/refine.ts). */
export interface Refine {
  readonly type: 'refine';
}
/** Payload: the fine signatures of those ranges, in order. */
export interface RefineReply {
  readonly type: 'refined';
}
/** [instructions] Payload: packed copy and literal instructions (delta/instruction.ts). `codec`: how it is compressed. */
export interface Instructions {
  readonly type: 'instructions';
  readonly codec: 'none' | 'zstd' | 'brotli' | 'deflate';
  readonly size: number;
  readonly last: boolean;
}

/** [reuse] Opens a channel for one file that is new to the receiver, which may have parts of it in other files. */
export interface Reuse {
  readonly type: 'reuse';
  readonly path: RelPath;
  readonly digest: Digest;
  readonly size: number;
  /** Look for parts even where sending them would take less time. */
  readonly thorough: boolean;
}
/** [chunks] Payload: the chunks of the wanted content from `start` on (delta/chunk-codec.ts). */
export interface ChunkList {
  readonly type: 'chunks';
  readonly start: number;
}
/** [found] Payload: which of them the receiver has, and where in its pool (delta/found-codec.ts). */
export interface FoundChunks {
  readonly type: 'found';
}

/** [assign] Opens the channel on which the initiator tells a peer what it shall hold. */
export interface Assign {
  readonly type: 'assign';
  readonly conflict: 'keep-both' | 'newest' | 'fail';
  readonly deletes: boolean;
  /** Highest edit counter that the initiator knows of the receiving replica: more than its own means that it was restored from a backup. */
  readonly known: number;
}
/** Payload: a part of a packed directory that holds only the entries to install. */
export interface Target {
  readonly type: 'target';
  readonly path: RelPath;
  readonly last: boolean;
}
export interface Change {
  readonly name: Name;
  readonly action: ChangeAction;
  readonly bytes: number;
  readonly literalBytes: number;
  readonly matchedBytes: number;
  readonly reusedBytes: number;
}
export interface Trouble {
  readonly code: ProblemCode;
  readonly path: RelPath;
  readonly message: string;
  readonly fatal: boolean;
}
/** [applied] One for each `target` directory, when it is installed and durable. May be split; `last` ends it. */
export interface Applied {
  readonly type: 'applied';
  readonly path: RelPath;
  readonly changes: readonly Change[];
  readonly problems: readonly Trouble[];
  readonly last: boolean;
}

/** Ends a channel (aborted) or, on channel 0, the session. */
export interface Failure {
  readonly type: 'failure';
  readonly code: SyncErrorCode;
  readonly message: string;
}

export type Message =
  | Hello
  | Tree
  | Root
  | List
  | DirectoryPart
  | Content
  | Want
  | Contents
  | Delta
  | SignatureNeed
  | SignaturePart
  | Refine
  | RefineReply
  | Instructions
  | Reuse
  | ChunkList
  | FoundChunks
  | Assign
  | Target
  | Applied
  | Failure;

export type MessageType = Message['type'];
export type MessageOf<T extends MessageType> = Extract<Message, { readonly type: T }>;
