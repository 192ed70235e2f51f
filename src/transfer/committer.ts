/**
 * Makes staged work final, many paths at a time: fsync what is staged, install each by link or
 * compare-and-swap rename, fsync the directories, and only then record it in the state (docs/DESIGN.md,
 * "Apply"). Grouping costs no safety and saves a transaction and a journal commit for each file.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { syncDirectory } from '../apply/directory.js';
import type { StagedFile } from '../apply/staged-file.js';
import type { LocalEntry } from '../model/entry.js';
import type { DeltaCounts } from '../model/event.js';
import type { RelPath } from '../model/path.js';
import { carryOut, type Ready } from './carry-out.js';
import { editsOf } from './record-edits.js';
import type { Replica } from './replica.js';

export const NO_COUNTS: DeltaCounts = { literalBytes: 0, matchedBytes: 0, reusedBytes: 0 };

/** Paths and staged bytes after which a group is committed without waiting for more. */
const GROUP_PATHS = 512;
const GROUP_BYTES = 64 * 1024 * 1024;
/** Milliseconds that a first path waits for company. */
const GROUP_WAIT = 10;
/** Milliseconds of installing before other work gets a turn. */
const TURN = 10;

interface Waiting {
  readonly ready: Ready;
  readonly resolve: (recorded: readonly LocalEntry[]) => void;
  readonly reject: (error: unknown) => void;
}

export class Committer {
  readonly #replica: Replica;
  #group: Waiting[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  /** Resolves with the entries as recorded once the work is done and durable; rejects if it could not be done. */
  commit(ready: Ready): Promise<readonly LocalEntry[]> {
    return new Promise((resolve, reject) => {
      this.#group.push({ ready, resolve, reject });
      if (ready.work.kind === 'file') this.#bytes += ready.step.target.size;
      if (this.#group.length >= GROUP_PATHS || this.#bytes >= GROUP_BYTES) this.#start();
      else this.#timer ??= setTimeout(() => this.#start(), GROUP_WAIT);
    });
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const group = this.#group;
    this.#group = [];
    this.#bytes = 0;
    this.#running = this.#running.then(() => this.#commit(group));
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    try {
      if (this.#replica.fsync) await this.#makeDurable(group);
    } catch (error) {
      for (const { ready, reject } of group) {
        discard(ready);
        reject(error);
      }
      return;
    }
    await this.#install(group);
  }

  /** Content, mode and mtime together: a crash leaves a file whole or not at all. */
  async #makeDurable(group: readonly Waiting[]): Promise<void> {
    const staged: StagedFile[] = [];
    for (const { ready } of group) {
      if (ready.work.kind !== 'file') continue;
      ready.work.staged.setMetadata(ready.step.target);
      staged.push(ready.work.staged);
    }
    await this.#replica.stage.syncAll(staged);
  }

  async #install(group: readonly Waiting[]): Promise<void> {
    const done: { readonly waiting: Waiting; readonly entries: readonly LocalEntry[] }[] = [];
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
    for (const path of touched) syncDirectory(this.#replica.root, path);
  }
}

function discard(ready: Ready): void {
  if (ready.work.kind === 'file') ready.work.staged.discard();
}
