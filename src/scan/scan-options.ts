/** What a scan is given. */
import type { AnchoredRoot } from '../disk/anchored-root.js';
import type { RelPath } from '../model/path.js';
import type { FolderState } from '../state/folder-state.js';
import type { Filter } from './filter.js';
import type { HashFile } from './hash-file.js';

export interface ScanOptions {
  readonly root: AnchoredRoot;
  readonly state: FolderState;
  readonly filter: Filter;
  readonly signal?: AbortSignal;
  /** Called at most every few milliseconds. */
  readonly onProgress?: (progress: ScanProgress) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How content is read, if not by hash-file.ts. */
  readonly hashFile?: HashFile;
}

export interface ScanProgress {
  readonly files: number;
  readonly bytes: number;
  readonly hashedBytes: number;
  /** Directory that is being scanned. */
  readonly path: RelPath;
}
