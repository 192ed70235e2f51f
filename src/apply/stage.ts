/**
 * The stage: `.p2psync/stage/<owner>/`, where files are put together before they get their names. Each process
 * works in a directory of its own with a random name and mode 0700, so that no other user reads or replaces
 * what is staged. What dead processes left is swept when a stage is opened (stage-sweep.ts).
 */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import type { Digest } from '../model/digest.js';
import type { LocalStat } from '../model/entry.js';
import { joinPath, type Name, type RelPath } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import { applyError, errnoOf } from './apply-error.js';
import { copyIntoStage } from './copy-into-stage.js';
import { Guards, type Saved } from './guards.js';
import { keepPartial, partName, sweepPartials } from './partial.js';
import { ensurePrivateDirectory } from './private-directory.js';
import { ownerName } from './stage-owner.js';
import { removeTree, sweepStage } from './stage-sweep.js';
import { type Metadata, StagedFile } from './staged-file.js';
import { type SyncOptions, syncAll } from './sync-all.js';

export const STAGE_DIRECTORY = '.p2psync/stage' as RelPath;

export interface StageOptions {
  /** That many unpredictable bytes. */
  random(bytes: number): Uint8Array;
  /** Milliseconds since 1970. */
  now(): number;
}

/** What a name in the stage stands for; guards may hold a user's only copy and are never simply deleted. */
export type StagedKind = 'file' | 'link' | 'guard';

export interface Stage {
  readonly root: AnchoredRoot;
  /**
   * An empty file. `partOf`: the digest of a content that will be written from its start to its end, so that what is
   * there after a cut can be gone on with (partial.ts).
   */
  create(partOf?: Digest): StagedFile;
  /** A file with this content and, where given, metadata: the fast way for small files. */
  fromBytes(bytes: Uint8Array, metadata?: Metadata): StagedFile;
  /**
   * A copy of a local file, by reflink where the disk can. Throws `changed` if it is not, or does not stay, what
   * `expected` says. The caller still verifies the digest (read through {@link StagedFile.fd}).
   */
  copyOf(root: AnchoredRoot, path: RelPath, expected: LocalStat): StagedFile;
  /** Makes files durable with their metadata, many at a time; does nothing with `fsync: false`. */
  syncAll(files: readonly StagedFile[], options?: SyncOptions): Promise<void>;
  /** Replaced files that may still be written to; held until {@link settle}, or shorter when there are many. */
  readonly guards: Guards;
  /**
   * Looks once more at the files replaced so far and returns the edits that came while they were being replaced,
   * each kept as a conflict copy. Call it at the end of a run; report what it returns.
   */
  settle(): readonly Saved[];
  /** A name in the stage that nothing has. */
  newName(kind: StagedKind): RelPath;
  /** Removes a name from the stage; never throws. */
  remove(path: RelPath): void;
  /** The same, but keeps the beginning of a large content for the next transfer. */
  setAside(path: RelPath): void;
  /** For another thread, which works in the same directory under names of its own ({@link openLentStage}). */
  lend(): LentStage;
  /** Called by a staged file that left the stage. */
  forget(file: StagedFile): void;
  /** Settles, discards what is left and removes the process's directory. Harmless the second time. */
  close(): void;
}

/** A process's directory in the stage, and the label of the names that are used in it. */
export interface LentStage {
  readonly path: RelPath;
  readonly label: string;
}

/** The stage of another thread of this process. Closing it discards what is left and keeps the directory. */
export function openLentStage(root: AnchoredRoot, { path, label }: LentStage): Stage {
  return new DirectoryStage(root, path, Date.now, label);
}

/** Opens a stage of this process below `.p2psync`, which must be a real directory if it is there. */
export function openStage(root: AnchoredRoot, options: StageOptions): Stage {
  try {
    ensurePrivateDirectory(root, STAGE_DIRECTORY);
    sweepStage(root, STAGE_DIRECTORY, options.now());
    sweepPartials(root, options.now());
    return new DirectoryStage(root, createOwnDirectory(root, options), options.now);
  } catch (error) {
    throw applyError(error, 'open the staging directory', STAGE_DIRECTORY);
  }
}

/**
 * Removes what dead processes left, before a scan looks: a second name that a crash left in the stage would count as a hard
 * link, and removing it later would move the ctime of a file that was scanned. Never throws: it is tried again.
 */
export function sweepLeftBehind(root: AnchoredRoot, now: number): void {
  try {
    sweepStage(root, STAGE_DIRECTORY, now);
    sweepPartials(root, now);
  } catch {
    // Mostly there is no stage yet.
  }
}

function createOwnDirectory(root: AnchoredRoot, options: StageOptions): RelPath {
  const random = Buffer.from(options.random(8)).toString('hex');
  const path = joinPath(STAGE_DIRECTORY, ownerName(random) as Name);
  fs.mkdirSync(root.at(path), 0o700);
  const stats = fs.statSync(root.directory(path));
  // Another user who owns `.p2psync/stage` could have put a directory of his own in its place.
  const own = process.getuid === undefined || stats.uid === process.getuid();
  if (!own || fs.readdirSync(root.directory(path)).length > 0) {
    throw new SyncError('io', `the staging directory ${path} was replaced by another user; nothing was written`);
  }
  fs.chmodSync(root.directory(path), 0o700);
  return path;
}

class DirectoryStage implements Stage {
  readonly root: AnchoredRoot;
  readonly guards: Guards;
  readonly #path: RelPath;
  readonly #now: () => number;
  readonly #files = new Set<StagedFile>();
  /** Given for a lent stage: what its names begin with, unlike any other's. */
  readonly #label: string | undefined;
  #sequence = 0;
  #lent = 0;
  #closed = false;

  constructor(root: AnchoredRoot, path: RelPath, now: () => number, label?: string) {
    this.#label = label;
    this.root = root;
    this.guards = new Guards(root, now);
    this.#now = now;
    this.#path = path;
  }

  create(partOf?: Digest): StagedFile {
    if (this.#closed) throw new SyncError('closed', 'a file is staged after the stage was closed');
    const path = partOf === undefined ? this.newName('file') : joinPath(this.#path, partName(this.#next(), partOf));
    try {
      const file = new StagedFile(this, path);
      this.#files.add(file);
      return file;
    } catch (error) {
      throw applyError(error, 'create the staging file', path);
    }
  }

  fromBytes(bytes: Uint8Array, metadata?: Metadata): StagedFile {
    return this.#filled((file) => {
      file.write(bytes, 0);
      if (metadata !== undefined) file.setMetadata(metadata);
    });
  }

  copyOf(root: AnchoredRoot, path: RelPath, expected: LocalStat): StagedFile {
    return this.#filled((file) => copyIntoStage(file, root, path, expected));
  }

  syncAll(files: readonly StagedFile[], options: SyncOptions = { fsync: true }): Promise<void> {
    return syncAll(files, options);
  }

  settle(): readonly Saved[] {
    return this.guards.settle();
  }

  newName(kind: StagedKind): RelPath {
    return `${this.#path}/${kind}-${this.#label ?? ''}${this.#next()}` as RelPath;
  }

  lend(): LentStage {
    if (this.#closed) throw new SyncError('closed', 'a stage is lent after it was closed');
    return { path: this.#path, label: `${(this.#lent++).toString(36)}.` };
  }

  #next(): string {
    return (this.#sequence++).toString(36);
  }

  remove(path: RelPath): void {
    try {
      fs.unlinkSync(this.root.at(path));
    } catch {
      // Gone already, or the disk refuses: the next sweep takes it.
    }
  }

  setAside(path: RelPath): void {
    try {
      if (!keepPartial(this.root, path)) this.remove(path);
      else sweepPartials(this.root, this.#now());
    } catch {
      this.remove(path);
    }
  }

  forget(file: StagedFile): void {
    this.#files.delete(file);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.settle();
    for (const file of [...this.#files]) file.suspend();
    if (this.#label !== undefined) return;
    try {
      removeTree(this.root, this.#path, this.#now());
    } catch (error) {
      // What the disk keeps now is left to the next sweep.
      if (errnoOf(error) === undefined) throw error;
    }
  }

  #filled(fill: (file: StagedFile) => void): StagedFile {
    const file = this.create();
    try {
      fill(file);
      return file;
    } catch (error) {
      file.discard();
      throw error;
    }
  }
}
