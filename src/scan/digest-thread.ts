/**
 * A thread beside the scan's own that takes the digests of large files while the scan sums their blocks: each reads the
 * file, span by span in step, so that what one has read from the disk the other finds in memory.
 */
import { WorkerPool } from '../disk/worker-pool.js';
import type { Digest } from '../model/digest.js';
import { type DigestRequest, digestSpan } from './digest-task.js';

/** Bytes of large files after which a thread is worth its start. */
const WORTH = 64 * 1024 * 1024;
/** Bytes of a span: some milliseconds of work, and what the two may be apart. */
export const SPAN_BYTES = 16 * 1024 * 1024;

export class DigestThread {
  // One thread: the spans of a file belong together.
  readonly #pool = new WorkerPool<DigestRequest, Digest | undefined>(
    new URL('./digest-worker.js', import.meta.url),
    digestSpan,
    1,
  );
  #seen = 0;
  #streams = 0;

  /** Whether the thread is worth while for a file of `size` bytes, after all those that were asked about before. */
  isWorth(size: number): boolean {
    this.#seen += size;
    return this.#seen >= WORTH;
  }

  /**
   * The digest of `size` bytes, at least one, of an open file. `meanwhile` is called for each span, in order, and must be
   * done with it, as the thread must, before the next. Throws `changed` if the file is shorter.
   */
  async digest(
    fd: number,
    size: number,
    meanwhile: (position: number, length: number) => Promise<void>,
  ): Promise<Digest> {
    const stream = this.#streams++;
    try {
      for (let position = 0; ; position += SPAN_BYTES) {
        const length = Math.min(SPAN_BYTES, size - position);
        const last = position + length === size;
        const digesting = this.#pool.run({ stream, fd, position, length, last });
        digesting.catch(() => {}); // awaited below, unless the caller's half fails first
        try {
          await meanwhile(position, length);
        } finally {
          await digesting; // the thread must not read a descriptor that is closed by now
        }
        if (last) return (await digesting) as Digest;
      }
    } catch (error) {
      await this.#pool.run({ stream, fd, position: 0, length: 0, last: false }).catch(() => {});
      throw error;
    }
  }

  /** Nothing may be under way. */
  close(): Promise<void> {
    return this.#pool.close();
  }
}
