/**
 * What a run tells about itself while it goes on. The report layer prints these as text or as NDJSON
 * (docs/JSON.md gives the printed form); nothing below it prints.
 */

import type { RelPath } from './path.js';
import type { Problem } from './problem.js';

export type ChangeAction = 'create' | 'update' | 'delete' | 'conflict' | 'restore' | 'metadata';

/** How a path differs between here and a peer: there on one side only, of another kind, content, or time and mode. */
export type DifferenceKind = 'only-here' | 'only-there' | 'kind' | 'content' | 'metadata';

/** Counted where the content is received, in bytes of file content. */
export interface DeltaCounts {
  /** Content that crossed the wire, before compression. */
  readonly literalBytes: number;
  /** Content taken from the same path's old version. */
  readonly matchedBytes: number;
  /** Content taken from another local file. */
  readonly reusedBytes: number;
}

export interface PeerSummary {
  readonly name: string;
  readonly address: string;
  readonly replica: string;
  readonly equal: boolean;
  readonly error?: string;
}

export interface Summary extends DeltaCounts {
  readonly command: 'once' | 'check' | 'listen';
  readonly folder: string;
  readonly converged: boolean;
  /** Hex view digest of this replica's root. */
  readonly root: string;
  readonly entries: number;
  readonly bytes: number;
  readonly peers: readonly PeerSummary[];
  readonly created: number;
  readonly updated: number;
  readonly metadata: number;
  readonly deleted: number;
  readonly restored: number;
  readonly conflicts: number;
  readonly problems: number;
  /** Bytes on TCP connections, as this process counts them. */
  readonly wireSent: number;
  readonly wireReceived: number;
  readonly seconds: number;
  /** Seconds by phase: scan, discover, connect, compare, transfer, verify. */
  readonly phases: Readonly<Record<string, number>>;
}

export type SyncEvent =
  | { readonly type: 'start'; readonly command: string; readonly folder: string; readonly replica: string }
  | {
      readonly type: 'ready';
      readonly folder: string;
      readonly peerId: string;
      readonly addresses: readonly string[];
      readonly port: number;
    }
  | {
      readonly type: 'peer';
      readonly name: string;
      readonly address: string;
      readonly replica: string;
      readonly entries: number;
      readonly bytes: number;
      readonly equal: boolean;
    }
  | { readonly type: 'plan'; readonly files: number; readonly bytes: number; readonly final: boolean }
  | ({
      readonly type: 'change';
      readonly path: RelPath;
      readonly action: ChangeAction;
      readonly peer?: string;
      readonly bytes: number;
    } & DeltaCounts)
  | {
      readonly type: 'progress';
      readonly phase: string;
      readonly files: number;
      readonly bytes: number;
      readonly totalFiles: number;
      readonly totalBytes: number;
      readonly peer?: string;
      readonly path?: RelPath;
    }
  | { readonly type: 'conflict'; readonly path: RelPath; readonly copy: RelPath }
  | {
      readonly type: 'difference';
      readonly path: RelPath;
      readonly peer: string;
      readonly what: DifferenceKind;
      readonly here: string;
      readonly there: string;
    }
  | ({ readonly type: 'problem' } & Problem)
  | {
      readonly type: 'session';
      readonly folder: string;
      readonly peer: string;
      readonly outcome: 'done' | 'failed';
      readonly error?: string;
      readonly created: number;
      readonly updated: number;
      readonly seconds: number;
    }
  | ({ readonly type: 'summary'; readonly error?: string } & Summary);

export type Emit = (event: SyncEvent) => void;
