/** Cuts bytes that are read piece by piece into content-defined chunks, with `rabin-rs` (Rust, WebAssembly). */
import { createWithPolynom, cut, type Rabin } from 'rabin-rs';
import { chunkChecksum } from './chunk-checksum.js';
import { CHUNK_BITS, CHUNK_MAX, CHUNK_MIN, CHUNK_POLYNOMIAL, CHUNK_WINDOW, type Chunks } from './chunks.js';

/** Bytes read and cut at once; at least the longest chunk, and little enough to stay in the processor's cache. */
const PIECE_BYTES = 1024 * 1024;

/** Fills `target` with bytes from `position` on and returns how many; fewer only where they end. */
export type ReadBytes = (target: Uint8Array, position: number) => number;

export interface Span {
  /** Offset of the first byte. */
  readonly start: number;
  /** Offset behind the last one. */
  readonly end: number;
  /** Whether the content ends there: then the rest is a chunk, too. */
  readonly last: boolean;
}

export class ChunkCutter {
  readonly #rabin: Rabin;
  readonly #buffer = Buffer.allocUnsafe(PIECE_BYTES);

  private constructor(rabin: Rabin) {
    this.#rabin = rabin;
  }

  /** Compiles the WebAssembly at the first call: 40 ms. */
  static async create(): Promise<ChunkCutter> {
    return new ChunkCutter(await createWithPolynom(CHUNK_POLYNOMIAL, CHUNK_BITS, CHUNK_MIN, CHUNK_MAX, CHUNK_WINDOW));
  }

  /**
   * The chunks from the span's start to the last boundary that is certain: without `last`, up to the longest chunk
   * may be left over. A span need not start at a boundary: the second or third one that is found is one.
   */
  cut(read: ReadBytes, { start, end, last }: Span): Chunks {
    const list = new ChunkBuilder();
    let position = start;
    let held = 0;
    for (;;) {
      const wanted = Math.min(PIECE_BYTES - held, end - position);
      const got = wanted > 0 ? read(this.#buffer.subarray(held, held + wanted), position) : 0;
      if (got < wanted) throw new RangeError(`expected ${wanted} bytes at ${position}, got ${got}`);
      position += got;
      const filled = held + got;
      const final = position === end;
      const bytes = this.#buffer.subarray(0, filled);
      let at = 0;
      for (const length of cut(this.#rabin, bytes, final && last)) {
        list.add(bytes.subarray(at, at + length));
        at += length;
      }
      held = filled - at;
      if (final) return list.finish();
      this.#buffer.copyWithin(0, at, filled);
    }
  }
}

const ZEROS = Buffer.alloc(CHUNK_MIN);

/** Gathers chunks. A run of zeros has a boundary everywhere: its many least chunks are put together again. */
class ChunkBuilder {
  readonly #lengths: number[] = [];
  readonly #strong: number[] = [];
  readonly #sum = new Uint32Array(2);
  #zeros = 0;

  add(bytes: Uint8Array): void {
    if (bytes.length === CHUNK_MIN && ZEROS.equals(bytes)) {
      this.#zeros += CHUNK_MIN;
      if (this.#zeros === CHUNK_MAX) this.#flushZeros();
      return;
    }
    this.#flushZeros();
    this.#put(bytes);
  }

  finish(): Chunks {
    this.#flushZeros();
    return { lengths: Uint32Array.from(this.#lengths), strong: Uint32Array.from(this.#strong) };
  }

  #flushZeros(): void {
    if (this.#zeros > 0) this.#put(Buffer.alloc(this.#zeros));
    this.#zeros = 0;
  }

  #put(bytes: Uint8Array): void {
    chunkChecksum(bytes, this.#sum, 0);
    this.#lengths.push(bytes.length);
    this.#strong.push(this.#sum[0] as number, this.#sum[1] as number);
  }
}
