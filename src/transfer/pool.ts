/**
 * All files that a new one takes bytes from, as one basis: behind one another, in the order of their first use. A
 * file that changes or vanishes takes its bytes with it; what is put together without them fails by its digest.
 */
import type { ContentReader } from '../disk/content-reader.js';
import type { Digest } from '../model/digest.js';
import type { RandomReader } from './random-reader.js';

/** Files held open at once. */
const OPEN_MAX = 64;

interface Part {
  readonly digest: Digest;
  readonly start: number;
  readonly size: number;
}

export class Pool implements RandomReader {
  readonly #open: (digest: Digest) => ContentReader | undefined;
  readonly #parts: Part[] = [];
  readonly #starts = new Map<Digest, number>();
  /** Least recently used first. */
  readonly #readers = new Map<Digest, ContentReader>();
  #size = 0;

  /** `open`: the content as it is now, or undefined. */
  constructor(open: (digest: Digest) => ContentReader | undefined) {
    this.#open = open;
  }

  get size(): number {
    return this.#size;
  }

  /** Offset of a content's first byte; it joins the pool at its first use. Undefined if it cannot be opened. */
  startOf(digest: Digest): number | undefined {
    const known = this.#starts.get(digest);
    if (known !== undefined) return known;
    const reader = this.#reader(digest);
    if (reader === undefined) return undefined;
    const start = this.#size;
    this.#parts.push({ digest, start, size: reader.size });
    this.#starts.set(digest, start);
    this.#size += reader.size;
    return start;
  }

  read(target: Uint8Array, position: number): number {
    let done = 0;
    while (done < target.length) {
      const part = this.#partAt(position + done);
      if (part === undefined) break;
      const within = position + done - part.start;
      const wanted = Math.min(target.length - done, part.size - within);
      const read = this.#reader(part.digest)?.read(target.subarray(done, done + wanted), within) ?? 0;
      done += read;
      if (read < wanted) break;
    }
    return done;
  }

  close(): void {
    for (const reader of this.#readers.values()) reader.close();
    this.#readers.clear();
  }

  #partAt(position: number): Part | undefined {
    let low = 0;
    for (let high = this.#parts.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if ((this.#parts[middle]?.start ?? 0) <= position) low = middle;
      else high = middle;
    }
    const part = this.#parts[low];
    return part !== undefined && position < part.start + part.size ? part : undefined;
  }

  #reader(digest: Digest): ContentReader | undefined {
    const reader = this.#readers.get(digest) ?? this.#open(digest);
    if (reader === undefined) return undefined;
    this.#readers.delete(digest);
    this.#readers.set(digest, reader);
    if (this.#readers.size > OPEN_MAX) {
      for (const [oldest, unused] of this.#readers) {
        unused.close();
        this.#readers.delete(oldest);
        break;
      }
    }
    return reader;
  }
}
