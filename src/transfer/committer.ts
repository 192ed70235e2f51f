/**
 * Makes staged work final, many paths at a time: fsync what is staged, install each by link or
 * compare-and-swap rename, fsync the directories, and only then record it in the state (docs/DESIGN.md,
 * "Apply"). Grouping costs no safety and saves a transaction and a journal commit for each file.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { syncDirectory } from '../apply/directory.js';
import { type NewFile, thrownOf } from '../apply/new-files.js';
import { NewFilesPool } from '../apply/new-files-pool.js';
import type { StagedFile } from '../apply/staged-file.js';
import { syncInPlace } from '../apply/sync-all.js';
import type { LocalEntry } from '../model/entry.js';
import type { DeltaCounts } from '../model/event.js';
import type { RelPath } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import { carryOut, type Ready, recordedNew } from './carry-out.js';
import { corrupt } from './obtained.js';
import { editsOf } from './record-edits.js';
import type { Replica } from './replica.js';

export const NO_COUNTS: DeltaCounts = { literalBytes: 0, matchedBytes: 0, reusedBytes: 0 };

/** Paths and staged bytes after which a group is committed without waiting for more. */
const GROUP_PATHS = 512;
const GROUP_BYTES = 64 * 1024 * 1024;
/** Paths on the disk after which they are recorded although more are on their way. */
const RECORD_PATHS = 16_384;
/** Milliseconds after which they are; or after so many times what the last recording took, which grows with a directory. */
const RECORD_AFTER = 250;
const RECORD_RARELY = 4;
/** Milliseconds that a first path waits for company. */
const GROUP_WAIT = 10;
/** Milliseconds of installing before other work gets a turn. */
const TURN = 10;

/** Bytes of small new files after which they are handed on without waiting for more: an eighth of what is held. */
const GROUP_NEW_BYTES = 2 * 1024 * 1024;

interface Waiting {
  readonly ready: Ready;
  readonly resolve: (recorded: readonly LocalEntry[]) => void;
  readonly reject: (error: unknown) => void;
}

/** On the disk, and to be recorded. */
interface Done {
  readonly waiting: Waiting;
  readonly entries: readonly LocalEntry[];
}

export class Committer {
  readonly #replica: Replica;
  #group: Waiting[] = [];
  #bytes = 0;
  #newBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Groups begun and not through. */
  #groups = 0;
  #unrecorded: Done[] = [];
  #recordedAt = 0;
  #recordingTook = 0;
  #running: Promise<void> = Promise.resolve();
  readonly #newFiles = new NewFilesPool();
  #closed = false;

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  /** Resolves with the entries as recorded once the work is done and durable; rejects if it could not be done. */
  commit(ready: Ready): Promise<readonly LocalEntry[]> {
    if (this.#closed) {
      discard(ready);
      return Promise.reject(new SyncError('closed', 'the run has ended; the next one goes on'));
    }
    return new Promise((resolve, reject) => {
      this.#group.push({ ready, resolve, reject });
      if (ready.work.kind === 'file') this.#bytes += ready.step.target.size;
      if (ready.work.kind === 'new-file') this.#newBytes += ready.step.target.size;
      const isFull = this.#bytes >= GROUP_BYTES || this.#newBytes >= GROUP_NEW_BYTES;
      if (this.#group.length >= GROUP_PATHS || isFull) this.#start();
      else this.#timer ??= setTimeout(() => this.#start(), GROUP_WAIT);
    });
  }

  /** Ends what is under way, and the threads. Nothing can be committed afterwards; the folder may be closed. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#group.length > 0) this.#start();
    await this.#running;
    await this.#newFiles.close();
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const group = this.#group;
    this.#group = [];
    this.#bytes = 0;
    this.#newBytes = 0;
    // Threads begin at once; what they did is recorded in its turn.
    const placing = this.#place(group);
    this.#groups++;
    this.#running = this.#running.then(async () => {
      const placed = await placing;
      await this.#commit(
        group.filter(({ ready }) => ready.work.kind !== 'new-file'),
        placed,
      );
    });
  }

  /** Small new files, content and name; never rejects. */
  async #place(group: readonly Waiting[]): Promise<Done[]> {
    const waiting = group.filter(({ ready }) => ready.work.kind === 'new-file');
    if (waiting.length === 0) return [];
    try {
      const { root, stage, fsync } = this.#replica; // the stage is opened at its first use, which may fail
      const files = waiting.map(({ ready }) => newFileOf(ready));
      const installed = await this.#newFiles.install(root, stage, files, fsync);
      return waiting.flatMap((one, i) => {
        const became = installed[i];
        if (became !== undefined && typeof became === 'object' && 'ino' in became)
          return [{ waiting: one, entries: [recordedNew(one.ready, became)] }];
        const { target } = one.ready.step;
        one.reject(became === undefined || became === 'corrupt' ? corrupt(target.digest) : thrownOf(became));
        return [];
      });
    } catch (error) {
      for (const { reject } of waiting) reject(error);
      return [];
    } finally {
      for (const { ready } of waiting) discard(ready);
    }
  }

  async #commit(group: readonly Waiting[], placed: readonly Done[]): Promise<void> {
    try {
      if (this.#replica.fsync) await this.#makeDurable(group);
    } catch (error) {
      for (const { ready, reject } of group) {
        discard(ready);
        reject(error);
      }
      this.#add(placed);
      return;
    }
    this.#add([...placed, ...(await this.#install(group))]);
  }

  /**
   * Records many groups at once: a record is written whole, so that a directory of 200,000 files would otherwise be
   * written hundreds of times. What a crash leaves unrecorded, the next scan finds equal to the peers'.
   */
  #add(done: readonly Done[]): void {
    for (const one of done) this.#unrecorded.push(one);
    this.#groups--;
    const wait = Math.max(RECORD_AFTER, RECORD_RARELY * this.#recordingTook);
    const isEarly = this.#unrecorded.length < RECORD_PATHS && performance.now() - this.#recordedAt < wait;
    if (this.#groups > 0 && isEarly) return;
    const started = performance.now();
    this.#record(this.#unrecorded.splice(0));
    this.#recordedAt = performance.now();
    this.#recordingTook = this.#recordedAt - started;
  }

  /** Content, mode and mtime together: a crash leaves a file whole or not at all. */
  async #makeDurable(group: readonly Waiting[]): Promise<void> {
    const staged: StagedFile[] = [];
    for (const { ready } of group) {
      if (ready.work.kind !== 'file') continue;
      ready.work.staged.setMetadata(ready.step.target);
      staged.push(ready.work.staged);
    }
    if (staged.length > 0) await this.#replica.stage.syncAll(staged);
  }

  async #install(group: readonly Waiting[]): Promise<Done[]> {
    const done: Done[] = [];
    let turn = performance.now();
    for (const waiting of group) {
      try {
        done.push({ waiting, entries: carryOut(this.#replica, waiting.ready) });
      } catch (error) {
        discard(waiting.ready);
        waiting.reject(error);
      }
      if (performance.now() - turn < TURN) continue;
      await nextTurn();
      turn = performance.now();
    }
    return this.#makeSetDurable(done);
  }

  /** What was set on files in their places is recorded only when it is durable. */
  async #makeSetDurable(done: Done[]): Promise<Done[]> {
    const set = done.flatMap(({ waiting: { ready } }) =>
      ready.work.kind === 'metadata' && ready.step.target.kind === 'file' ? [ready.step.path] : [],
    );
    try {
      if (this.#replica.fsync && set.length > 0) await syncInPlace(this.#replica.root, set);
      return done;
    } catch (error) {
      for (const { waiting } of done) waiting.reject(error);
      return [];
    }
  }

  #record(done: readonly Done[]): void {
    if (done.length === 0) return;
    try {
      this.#syncDirectories(done.map(({ waiting }) => waiting.ready));
      this.#replica.state.update(editsOf(done.map(({ waiting, entries }) => ({ ready: waiting.ready, entries }))));
      for (const { waiting, entries } of done) waiting.resolve(entries);
    } catch (error) {
      for (const { waiting } of done) waiting.reject(error);
    }
  }

  #syncDirectories(done: readonly Ready[]): void {
    if (!this.#replica.fsync) return;
    const touched = new Set<RelPath>();
    for (const { parent, work } of done) if (work.kind !== 'record') touched.add(parent);
    // A directory that went with its content is no more; that it went is durable with its parent.
    for (const { step, work } of done) if (work.kind === 'remove') touched.delete(step.path);
    for (const path of touched) syncDirectory(this.#replica.root, path);
  }
}

function newFileOf({ parent, step, work }: Ready): NewFile {
  const { name, digest, mtime, mode } = step.target;
  const content = work.kind === 'new-file' ? work.content.bytes : new Uint8Array(0);
  return { parent, name, digest, metadata: { mtime, mode }, content };
}

function discard({ work }: Ready): void {
  if (work.kind === 'file') work.staged.discard();
  if (work.kind === 'new-file') work.content.release();
}
