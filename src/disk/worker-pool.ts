/**
 * Threads for work that is made of synchronous calls, such as reading or writing many small files: those are several
 * times cheaper than asynchronous ones, and in a thread they hold up nobody. Threads start at the first task.
 */
import fs from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { asSyncError, SyncError } from '../model/sync-error.js';
import type { Answer } from './worker-task.js';

/** Threads beside the one that asks; more would only share the same disk. */
const THREADS_MAX = 7;

interface Task<Q, A> {
  readonly request: Q;
  readonly resolve: (answer: A) => void;
  readonly reject: (error: unknown) => void;
}

export class WorkerPool<Q, A> {
  /** How many threads there are at most; 0: everything is done by {@link run}'s caller. */
  readonly threads: number;
  readonly #script: URL;
  readonly #work: (request: Q) => A | Promise<A>;
  readonly #idle: Worker[] = [];
  readonly #workers = new Set<Worker>();
  readonly #queue: Task<Q, A>[] = [];
  #pending = 0;

  /** `script` runs `work` for each request that it is sent (worker-task.ts); sources that are not built have none. */
  constructor(script: URL, work: (request: Q) => A | Promise<A>, threads = os.availableParallelism() - 1) {
    this.#script = script;
    this.#work = work;
    this.threads = fs.existsSync(fileURLToPath(script)) ? Math.max(1, Math.min(THREADS_MAX, threads)) : 0;
  }

  /** Tasks that have no answer yet. */
  get pending(): number {
    return this.#pending;
  }

  /** Does the work in a thread, or here where there are none. Requests and answers are cloned. */
  async run(request: Q): Promise<A> {
    if (this.threads === 0) return this.#work(request);
    this.#pending++;
    try {
      return await new Promise<A>((resolve, reject) => {
        this.#queue.push({ request, resolve, reject });
        this.#next();
      });
    } finally {
      this.#pending--;
    }
  }

  /** Does the work in the caller's thread, without a turn of the event loop if the work takes none. */
  here(request: Q): A | Promise<A> {
    return this.#work(request);
  }

  /** Ends the threads; nothing may be under way. The next task starts new ones. */
  async close(): Promise<void> {
    const workers = [...this.#workers];
    this.#workers.clear();
    this.#idle.length = 0;
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  #next(): void {
    const task = this.#queue[0];
    if (task === undefined) return;
    const worker = this.#idle.pop() ?? (this.#workers.size < this.threads ? this.#start() : undefined);
    if (worker === undefined) return;
    this.#queue.shift();
    this.#give(worker, task);
  }

  #give(worker: Worker, { request, resolve, reject }: Task<Q, A>): void {
    const done = (): void => {
      worker.removeAllListeners();
      worker.on('error', () => {}); // one that fails with nothing to do is missed at the next task
    };
    worker.once('message', (answer: Answer<A>) => {
      done();
      this.#idle.push(worker);
      this.#next();
      if ('value' in answer) resolve(answer.value);
      else reject(answer.sync === undefined ? answer.error : new SyncError(answer.sync, answer.error.message));
    });
    const lost = (error: unknown): void => {
      done();
      this.#workers.delete(worker);
      reject(asSyncError(error, 'io'));
      this.#next();
    };
    worker.once('error', lost);
    worker.once('exit', () => lost(new SyncError('io', 'a thread of this program ended before its work was done')));
    worker.postMessage(request);
  }

  #start(): Worker {
    const worker = new Worker(this.#script);
    worker.unref();
    this.#workers.add(worker);
    return worker;
  }
}
