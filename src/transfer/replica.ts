/**
 * An opened folder, with everything that serving it and installing into it needs. Built by converge/ and
 * closed there; transfer/ only uses it.
 */
import type { Stage } from '../apply/stage.js';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import type { Chunker } from '../disk/chunker.js';
import type { Kind } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import type { FolderState } from '../state/folder-state.js';

export interface Replica {
  readonly root: AnchoredRoot;
  readonly state: FolderState;
  readonly stage: Stage;
  /** Paths that this replica hides from the group and therefore refuses to take from it. */
  readonly ignores: (path: RelPath, kind: Kind) => boolean;
  /** False: nothing is fsynced; a power cut may then leave empty files that a later run repairs. */
  readonly fsync: boolean;
  /** Directory below the root that keeps what is replaced; undefined: replaced content is not kept. */
  readonly backup: RelPath | undefined;
  readonly compress: boolean;
  /** Percent of the entries; when a run would remove more of them, it removes none. */
  readonly maxDelete: number;
  readonly chunker: Chunker;
  /** Whether parts of new files are looked for in other files; `auto`: where that takes less time than sending them. */
  readonly reuse: 'auto' | 'always' | 'never';
  /** Milliseconds since 1970 when the replica was opened: what a run trashes goes into one directory. */
  readonly started: number;
}
