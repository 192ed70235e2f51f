/** The other end of a worker pool: what a thread's script runs. */
import { parentPort } from 'node:worker_threads';
import { SyncError, type SyncErrorCode } from '../model/sync-error.js';

/** `sync`: the code of a SyncError, whose class does not survive the way between threads. */
export type Answer<A> = { readonly value: A } | { readonly error: Error; readonly sync?: SyncErrorCode };

/** Answers each request that comes with what `work` makes of it. */
export function serveTasks<Q, A>(work: (request: Q) => A | Promise<A>): void {
  parentPort?.on('message', async (request: Q) => {
    parentPort?.postMessage(await answer(work, request));
  });
}

async function answer<Q, A>(work: (request: Q) => A | Promise<A>, request: Q): Promise<Answer<A>> {
  try {
    return { value: await work(request) };
  } catch (error) {
    if (error instanceof SyncError) return { error: new Error(error.message), sync: error.code };
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}
