/** What the page tells of one folder; src/cli/gather-report.ts collects it. */
import type { RelPath } from '../../model/path.js';
import type { Problem } from '../../model/problem.js';
import type { FolderStatus } from '../folder-status.js';
import type { SummaryEvent } from '../reporter.js';
import type { DifferenceMap } from './difference-map.js';

export interface FolderReport {
  /** What is known without the network. */
  readonly status: FolderStatus;
  /** Of the comparison that the page was made from; with `error` where it could not be done. */
  readonly summary: SummaryEvent;
  readonly differences: DifferenceMap;
  /** Directories right below the folder, as this replica holds them, in order of their names. */
  readonly directories: readonly HeldDirectory[];
  /** What this replica holds in a directory; undefined where it has none. */
  readonly held: (directory: RelPath) => HeldDirectory | undefined;
  readonly conflicts: readonly OpenConflict[];
  readonly problems: readonly Problem[];
  /** Oldest first. */
  readonly runs: readonly PastRun[];
}

export interface HeldDirectory {
  readonly path: RelPath;
  /** Live entries below. */
  readonly entries: number;
  readonly bytes: number;
}

/** A conflict copy that is still there, and the commands that settle it. */
export interface OpenConflict {
  readonly path: RelPath;
  readonly copy: RelPath;
  /** Absent where nothing stands under the path any more. */
  readonly winner?: Version;
  readonly loser: Version;
  /** For a POSIX shell, printable as they are. */
  readonly commands: readonly { readonly meaning: string; readonly line: string }[];
}

export interface Version {
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** What is remembered of one run that ended. */
export interface PastRun {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly seconds: number;
  readonly converged: boolean;
  readonly peers: number;
  readonly created: number;
  readonly updated: number;
  readonly metadata: number;
  readonly deleted: number;
  readonly restored: number;
  readonly conflicts: number;
  readonly problems: number;
  readonly wireSent: number;
  readonly wireReceived: number;
  readonly literalBytes: number;
  readonly matchedBytes: number;
  readonly reusedBytes: number;
}
