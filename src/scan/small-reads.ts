/**
 * Small files that a scan has to read: collected into batches, which threads read while the walk goes on. A scan that
 * finds few of them starts no thread.
 */
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { WorkerPool } from '../disk/worker-pool.js';
import {
  type HashAnswer,
  type HashRequest,
  hashBatch,
  packFiles,
  readOf,
  type SmallFile,
  type SmallRead,
} from './hash-batch.js';

/** Files in one batch: some 10 ms of work. */
const BATCH = 256;
/** Files after which threads are worth their start, which takes as long as reading about a thousand. */
const FEW = 1024;
/** Batches that wait for each thread before the walk helps with the reading. */
const AHEAD = 4;

export class SmallReads<F extends SmallFile> {
  readonly #root: AnchoredRoot;
  readonly #onRead: (file: F, read: SmallRead) => void;
  readonly #pool = new WorkerPool<HashRequest, HashAnswer>(new URL('./hash-worker.js', import.meta.url), hashBatch);
  readonly #underWay = new Set<Promise<void>>();
  #batch: F[] = [];
  #taken = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(root: AnchoredRoot, onRead: (file: F, read: SmallRead) => void) {
    this.#root = root;
    this.#onRead = onRead;
  }

  /** True when a batch is full and {@link start} is due. */
  add(file: F): boolean {
    return this.#batch.push(file) >= BATCH;
  }

  /** Reads what was collected: in a thread, or here if there is little or the threads have enough to do. */
  async start(): Promise<void> {
    const files = this.#batch;
    if (files.length === 0) return;
    this.#batch = [];
    this.#taken += files.length;
    const request = packFiles(this.#root.shared, files);
    const busy = this.#pool.pending >= AHEAD * this.#pool.threads;
    if (this.#taken <= FEW || busy) this.#hear(files, await this.#pool.here(request));
    else this.#follow(this.#pool.run(request).then((answer) => this.#hear(files, answer)));
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Reads the rest and waits until all is read. */
  async drained(): Promise<void> {
    await this.start();
    await Promise.all(this.#underWay);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Waits for what is under way, since the root may be closed afterwards, and ends the threads. */
  async close(): Promise<void> {
    await Promise.all(this.#underWay);
    await this.#pool.close();
  }

  #follow(work: Promise<void>): void {
    const settled: Promise<void> = work
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#underWay.delete(settled));
    this.#underWay.add(settled);
  }

  #hear(files: readonly F[], answer: HashAnswer): void {
    for (const [i, file] of files.entries()) this.#onRead(file, readOf(answer, i));
  }
}
