/** Opens a joined folder for a run: its root, state and stage, and the rules of what it hides. */
import { randomBytes } from 'node:crypto';
import type { Saved } from '../apply/guards.js';
import { openStage, type Stage } from '../apply/stage.js';
import { type AnchoredRoot, openRoot } from '../disk/anchored-root.js';
import { Chunker } from '../disk/chunker.js';
import { checkPlace } from '../group/check-place.js';
import type { JoinedFolder } from '../group/joined-folder.js';
import { byteStringOfText } from '../model/byte-string.js';
import type { Kind } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import { checkPath } from '../model/path-rule.js';
import { createFilter, type Filter } from '../scan/filter.js';
import type { FolderState } from '../state/folder-state.js';
import { openState } from '../state/lmdb-state.js';
import type { Replica } from '../transfer/replica.js';

export interface OpenOptions {
  readonly fsync: boolean;
  readonly backup: string | undefined;
  readonly compress: 'auto' | 'never';
  readonly only: readonly string[];
  readonly exclude: readonly string[];
  readonly maxDelete: number;
  readonly reuse: 'auto' | 'always' | 'never';
}

export interface OpenReplica extends Replica {
  readonly filter: Filter;
  /** Throws `not-joined` unless this still is the joined folder, in its place. */
  checkPlace(): void;
  settleStage(): readonly Saved[];
  close(): Promise<void>;
}

export async function openReplica(folder: JoinedFolder, options: OpenOptions): Promise<OpenReplica> {
  const root = openRoot(folder.root);
  try {
    const state = openState(folder.stateDir, { random: randomBytes, durable: options.fsync });
    return new FolderReplica(root, state, folder, options);
  } catch (error) {
    root.close();
    throw error;
  }
}

class FolderReplica implements OpenReplica {
  readonly root: AnchoredRoot;
  readonly state: FolderState;
  readonly filter: Filter;
  readonly fsync: boolean;
  readonly backup: RelPath | undefined;
  readonly compress: boolean;
  readonly chunker = new Chunker();
  readonly reuse: 'auto' | 'always' | 'never';
  readonly started = Date.now();
  readonly maxDelete: number;
  readonly #folder: JoinedFolder;
  #stage: Stage | undefined;

  constructor(root: AnchoredRoot, state: FolderState, folder: JoinedFolder, options: OpenOptions) {
    this.root = root;
    this.state = state;
    this.maxDelete = options.maxDelete;
    this.#folder = folder;
    this.filter = createFilter({ root, only: options.only, exclude: options.exclude });
    this.fsync = options.fsync;
    this.backup = options.backup === undefined ? undefined : backupPath(options.backup);
    this.compress = options.compress === 'auto';
    this.reuse = options.reuse;
  }

  /** Opened at the first use: a run that changes nothing leaves no trace in the folder. */
  get stage(): Stage {
    this.#stage ??= openStage(this.root, { random: randomBytes, now: Date.now });
    return this.#stage;
  }

  ignores(path: RelPath, kind: Kind): boolean {
    return this.filter.hides(path, kind);
  }

  checkPlace(): void {
    checkPlace(this.#folder, this.root);
  }

  /** Edits that came while their files were being replaced; each is now a conflict copy. */
  settleStage(): readonly Saved[] {
    return this.#stage?.settle() ?? [];
  }

  async close(): Promise<void> {
    await this.chunker.close();
    this.#stage?.close();
    await this.state.close();
    this.root.close();
  }
}

/** Below `.p2psync`, so that backups are not synchronised themselves. */
function backupPath(directory: string): RelPath {
  const below = checkPath(byteStringOfText(directory));
  return `.p2psync/backup${below === '' ? '' : `/${below}`}` as RelPath;
}
