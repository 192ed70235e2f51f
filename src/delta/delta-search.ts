/**
 * The rolling search (Tridgell 1999, ch. 3) over a target that streams by: finds the basis's blocks in it,
 * wherever they stand now. It jumps from match to match: behind a match the next block is expected and only
 * verified; byte by byte it rolls only where nothing matches. Memory does not depend on the target's size.
 */
import { BlockIndex } from './block-index.js';
import { type Blocks, blockAt, fullBlocks, lengthOf, NO_BLOCK, offsetOf } from './blocks.js';
import { type Emit, OperationMerger } from './operation.js';

/**
 * Strong checksums that failed may cost this many bytes of hashing for each byte searched, and some blocks more.
 * A peer can send a signature whose weak checksum every position of a file of zeros meets; the search then
 * moves on by whole blocks: fewer matches, but linear time.
 */
const FALSE_ALARM_RATE = 4;
const FALSE_ALARM_BLOCKS = 64;

/** Bytes; a literal is handed on when it is this long, so that the rest of the pipeline need not wait. */
export const LITERAL_MAX = 4 * 1024 * 1024;

/** Where the search starts: this target offset corresponds to this basis offset, as far as one can tell. */
export interface Origin {
  readonly target: number;
  readonly basis: number;
}

export class DeltaSearch {
  readonly #blocks: Blocks;
  readonly #index: BlockIndex;
  readonly #emit: OperationMerger;
  readonly #full: number;
  readonly #shortLength: number;

  /** Target offset of the window's first byte; positions below are in the window. */
  #base: number;
  #at = 0;
  #end = 0;
  /** Target offset behind the last operation: a literal starts here. */
  #literal: number;
  /** Target minus basis offset of the last match. */
  #shift: number;
  /** Whether the block at #at is expected to continue the last match and has not been looked at. */
  #expecting = true;
  /** Bytes that may yet be hashed in vain. */
  #patience: number;

  constructor(blocks: Blocks, emit: Emit, origin: Origin = { target: 0, basis: 0 }) {
    this.#blocks = blocks;
    this.#index = new BlockIndex(blocks);
    this.#emit = new OperationMerger(emit, 0);
    this.#full = fullBlocks(blocks);
    this.#shortLength = this.#full < blocks.weak.length ? lengthOf(blocks, this.#full) : 0;
    this.#base = origin.target;
    this.#literal = origin.target;
    this.#shift = origin.target - origin.basis;
    this.#patience = FALSE_ALARM_BLOCKS * blocks.blockSize;
  }

  /** Searches the next bytes of the target. */
  push(chunk: Uint8Array): void {
    for (let start = 0; start < chunk.length; ) {
      const room = this.room();
      const part = chunk.subarray(start, start + room.length);
      room.set(part);
      this.filled(part.length);
      start += part.length;
    }
  }

  /** Where the next bytes of the target may be read to, without a copy; call {@link filled} next. Never empty. */
  room(): Uint8Array {
    const { windowBytes } = this.#index;
    if (windowBytes - this.#end < windowBytes / 2) {
      this.#index.slide(this.#at, this.#end);
      this.#base += this.#at;
      this.#end -= this.#at;
      this.#at = 0;
    }
    return this.#index.window(this.#end, windowBytes);
  }

  /** Searches `length` bytes that were put into {@link room}. */
  filled(length: number): void {
    this.#end += length;
    this.#patience += FALSE_ALARM_RATE * length;
    this.#advance(false);
    if (this.#base + this.#at - this.#literal >= LITERAL_MAX) this.#emitLiteral(this.#at);
  }

  /** The block with these checksums, where the target's next bytes are known by them and need not be read. */
  lookup(weak: number, strong: Uint32Array, from: number): number {
    return this.#index.find(weak, strong, from, this.#expected(this.#end));
  }

  /** Passes over bytes of the target that {@link lookup} found; what was pushed before them ends there. */
  skip(block: number): void {
    this.#drain();
    this.#matched(block, this.#blocks.blockSize);
    this.#base += this.#at;
    this.#at = 0;
    this.#end = 0;
  }

  /** Ends the target and the search. */
  finish(): void {
    this.#drain();
    this.#emit.flush();
    this.#index.release();
  }

  #drain(): void {
    this.#advance(true);
    this.#findShort();
    this.#at = this.#end;
    this.#emitLiteral(this.#end);
  }

  /** Searches as far as whole blocks lie in the window; `last`: no more bytes follow. */
  #advance(last: boolean): void {
    const { blockSize } = this.#blocks;
    for (;;) {
      if (this.#expecting) {
        const block = this.#expected(this.#at);
        const length = block === NO_BLOCK ? 0 : lengthOf(this.#blocks, block);
        if (length > this.#end - this.#at && !last) return;
        if (length > 0 && length <= this.#end - this.#at && this.#index.equals(this.#at, length, block)) {
          this.#matched(block, length);
          continue;
        }
        this.#expecting = false;
      }
      const lastStart = this.#end - blockSize;
      if (lastStart < this.#at) return;
      if (this.#full === 0) this.#at = lastStart + 1;
      else this.#roll(lastStart);
    }
  }

  #roll(lastStart: number): void {
    const hit = this.#index.scan(this.#at, lastStart);
    this.#at = hit;
    if (hit > lastStart) return;
    const block = this.#index.match(hit, this.#expected(hit));
    if (block !== NO_BLOCK) {
      this.#matched(block, this.#blocks.blockSize);
      return;
    }
    this.#patience -= this.#blocks.blockSize;
    this.#at += this.#patience < 0 ? this.#blocks.blockSize : 1;
    if (this.#at > lastStart + 1) this.#at = lastStart + 1;
  }

  /** The block that stands at `at` if the target goes on as it did at the last match. */
  #expected(at: number): number {
    return blockAt(this.#blocks, this.#base + at - this.#shift);
  }

  #matched(block: number, length: number): void {
    this.#emitLiteral(this.#at);
    const target = this.#base + this.#at;
    const basis = offsetOf(this.#blocks, block);
    this.#emit.push({ kind: 'copy', target, basis, length });
    this.#shift = target - basis;
    this.#at += length;
    this.#literal = target + length;
    this.#expecting = true;
  }

  /** The short last block matches in the middle only behind its neighbour; here, at the very end too. */
  #findShort(): void {
    const at = this.#end - this.#shortLength;
    if (this.#shortLength === 0 || at < 0 || this.#base + at < this.#literal) return;
    if (!this.#index.equals(at, this.#shortLength, this.#full)) return;
    this.#at = at;
    this.#matched(this.#full, this.#shortLength);
  }

  #emitLiteral(end: number): void {
    const length = this.#base + end - this.#literal;
    if (length > 0) this.#emit.push({ kind: 'literal', target: this.#literal, length });
    this.#literal = this.#base + end;
  }
}
