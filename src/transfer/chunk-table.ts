/**
 * Where chunks can be had: from a chunk's checksum to a content and the offset in it. Some 30 bytes a chunk, at most
 * {@link TABLE_CHUNKS_MAX}; the content that would exceed that makes room for itself by clearing the table.
 */
import type { Chunks } from '../delta/chunks.js';

/** Chunks: those of 10 GiB, in 32 MiB of memory. */
export const TABLE_CHUNKS_MAX = 1024 * 1024;
const CHUNKS_MIN = 4096;
/** No chunk has this number. */
export const NO_CHUNK = -1;

export class ChunkTable {
  readonly #limit: number;
  #strong = new Uint32Array(2 * CHUNKS_MIN);
  #lengths = new Uint32Array(CHUNKS_MIN);
  #offsets = new Float64Array(CHUNKS_MIN);
  /** Chunk number + 1; twice as many as there is room for chunks. */
  #slots = new Uint32Array(2 * CHUNKS_MIN);
  #used = 0;
  /** First chunk of each content, rising. */
  #firsts: { readonly content: number; readonly first: number }[] = [];

  constructor(limit = TABLE_CHUNKS_MAX) {
    this.#limit = limit;
  }

  /** Adds all chunks of a content; false if there are more than the table ever holds. */
  add(content: number, { lengths, strong }: Chunks): boolean {
    if (lengths.length > this.#limit) return false;
    if (this.#used + lengths.length > this.#limit) this.#clear();
    while (this.#used + lengths.length > this.#lengths.length) this.#grow();
    this.#firsts.push({ content, first: this.#used });
    for (let i = 0, offset = 0; i < lengths.length; i++) {
      const chunk = this.#used++;
      this.#strong[2 * chunk] = strong[2 * i] as number;
      this.#strong[2 * chunk + 1] = strong[2 * i + 1] as number;
      this.#lengths[chunk] = lengths[i] as number;
      this.#offsets[chunk] = offset;
      this.#insert(chunk);
      offset += lengths[i] as number;
    }
    return true;
  }

  /** A chunk with this checksum: the one after `previous` if it is, else the first that was added. */
  find(low: number, high: number, length: number, previous: number): number {
    const next = previous + 1;
    if (previous !== NO_CHUNK && next < this.#used && this.#is(next, low, high, length)) return next;
    const mask = this.#slots.length - 1;
    for (let slot = low & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const chunk = (this.#slots[slot] as number) - 1;
      if (this.#is(chunk, low, high, length)) return chunk;
    }
    return NO_CHUNK;
  }

  /** Whether the content's chunks are here. */
  has(content: number): boolean {
    return this.#firsts.some((each) => each.content === content);
  }

  contentOf(chunk: number): number {
    let low = 0;
    for (let high = this.#firsts.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if ((this.#firsts[middle]?.first ?? 0) <= chunk) low = middle;
      else high = middle;
    }
    return this.#firsts[low]?.content ?? 0;
  }

  offsetOf(chunk: number): number {
    return this.#offsets[chunk] as number;
  }

  #is(chunk: number, low: number, high: number, length: number): boolean {
    return this.#strong[2 * chunk] === low && this.#strong[2 * chunk + 1] === high && this.#lengths[chunk] === length;
  }

  /** A chunk that is there already is not found by its checksum, but as the successor of another. */
  #insert(chunk: number): void {
    const mask = this.#slots.length - 1;
    const low = this.#strong[2 * chunk] as number;
    let slot = low & mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const other = (this.#slots[slot] as number) - 1;
      if (this.#is(other, low, this.#strong[2 * chunk + 1] as number, this.#lengths[chunk] as number)) return;
    }
    this.#slots[slot] = chunk + 1;
  }

  #clear(): void {
    this.#used = 0;
    this.#firsts = [];
    this.#slots.fill(0);
  }

  #grow(): void {
    const size = 2 * this.#lengths.length;
    this.#strong = widened(this.#strong, new Uint32Array(2 * size));
    this.#lengths = widened(this.#lengths, new Uint32Array(size));
    this.#offsets = widened(this.#offsets, new Float64Array(size));
    this.#slots = new Uint32Array(2 * size);
    for (let chunk = 0; chunk < this.#used; chunk++) this.#insert(chunk);
  }
}

function widened<T extends Uint32Array | Float64Array>(old: T, wide: T): T {
  wide.set(old);
  return wide;
}
