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
/** MiB of what a task makes and drops; Node's default of 16, three times over, would be most of a thread's memory. */
const YOUNG_MIB = 4;

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
  /** With what each is doing. */
  readonly #workers = new Map<Worker, Task<Q, A> | undefined>();
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
    const workers = [...this.#workers.keys()];
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
    this.#workers.set(worker, task);
    worker.postMessage(task.request);
  }

  #start(): Worker {
    const worker = new Worker(this.#script, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB } });
    worker.unref(); // whoever waits for an answer has other things open; an idle thread must keep nothing alive
    worker.on('message', (answer: Answer<A>) => this.#answered(worker, answer));
    worker.on('error', (error) => this.#lost(worker, error));
    worker.on('exit', () => this.#lost(worker, new SyncError('io', 'a thread of this program ended before its work')));
    return worker;
  }

  #answered(worker: Worker, answer: Answer<A>): void {
    const task = this.#workers.get(worker);
    this.#workers.set(worker, undefined);
    this.#idle.push(worker);
    this.#next();
    if ('value' in answer) task?.resolve(answer.value);
    else task?.reject(answer.sync === undefined ? answer.error : new SyncError(answer.sync, answer.error.message));
  }

  #lost(worker: Worker, error: unknown): void {
    const task = this.#workers.get(worker);
    this.#workers.delete(worker);
    if (this.#idle.includes(worker)) this.#idle.splice(this.#idle.indexOf(worker), 1);
    task?.reject(asSyncError(error, 'io'));
    this.#next();
  }
}
