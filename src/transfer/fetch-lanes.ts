/**
 * A few content channels for large contents: each carries one content at a time, so that none waits behind another, and
 * is used again, because to open one and to make its buffers anew costs more than many a file.
 */
import type { Session } from '../session/channel.js';
import { ContentFetcher } from './fetch-content.js';
import { Slots } from './slots.js';

/** Contents on channels of their own at once; each may hold a window of credit. */
const LANES = 4;

export class FetchLanes {
  readonly #session: Session;
  readonly #slots = new Slots(LANES);
  readonly #idle: ContentFetcher[] = [];

  constructor(session: Session) {
    this.#session = session;
  }

  /** Runs `task` with a channel that is its own until it is done. */
  run<T>(task: (fetcher: ContentFetcher) => Promise<T>): Promise<T> {
    return this.#slots.run(async () => {
      const fetcher = this.#idle.pop() ?? new ContentFetcher(this.#session);
      try {
        return await task(fetcher);
      } finally {
        if (fetcher.failed) await fetcher.close();
        else this.#idle.push(fetcher);
      }
    });
  }

  /** Ends the channels; nothing may be under way. */
  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((fetcher) => fetcher.close()));
  }
}
