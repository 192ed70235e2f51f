/**
 * Puts a target together from instructions: gathers copies and literals in one buffer, and hashes and writes it
 * when it is full, so that a file of many small pieces costs few system calls. Memory does not depend on sizes.
 */
import { ContentHash, type HashedContent } from '../delta/content-hash.js';
import type { Instruction } from '../delta/instruction.js';
import type { Signature } from '../delta/signature.js';
import type { DeltaCounts } from '../model/event.js';
import { readBuffer } from '../model/read-buffer.js';
import { type RandomReader, readExactly } from './random-reader.js';
import type { Turns } from './turns.js';

/** Takes the target's bytes, in order and without gaps. */
export interface DeltaSink {
  /** Writes all of `bytes`; they stay untouched until the promise, if there is one, resolves. */
  write(bytes: Uint8Array, position: number): void | Promise<void>;
  /**
   * Reads the target where nothing was written yet, if it began as a clone of the basis (a reflink): what stays in its
   * place is not written then. Read from here and not from the basis, so that what is hashed is what will be installed.
   */
  readonly clone?: RandomReader | undefined;
}

/** Of what was written: install it only if the digest is the one that was wanted. */
export interface RebuiltContent extends HashedContent {
  readonly counts: DeltaCounts;
}

/** Bytes gathered: half a millisecond of hashing. */
const BUFFER_BYTES = 1024 * 1024;
/** Bytes of a copy in place that is worth leaving to the clone. */
const CLONE_MIN = 64 * 1024;

export class Rebuild {
  readonly #basis: RandomReader;
  readonly #sink: DeltaSink;
  readonly #turns: Turns;
  readonly #hash: ContentHash;
  readonly #size: number;
  #buffer: Buffer;
  /** The other buffer while its bytes are being written, and when they are. */
  #spare: Buffer | undefined;
  #writing: Promise<void> | undefined;
  #used = 0;
  /** Bytes of the target behind the buffer's start. */
  #position = 0;
  #literalBytes = 0;
  #matchedBytes = 0;

  /** `signature`: the basis's, if it is remembered. */
  constructor(size: number, basis: RandomReader, sink: DeltaSink, turns: Turns, signature?: Signature) {
    this.#basis = basis;
    this.#sink = sink;
    this.#turns = turns;
    this.#hash = new ContentHash(size, signature);
    this.#size = Math.min(size, BUFFER_BYTES);
    this.#buffer = readBuffer(this.#size);
  }

  async add(instruction: Instruction): Promise<void> {
    if (instruction.kind === 'literal') return this.#literal(instruction.bytes);
    const { basis, length } = instruction;
    this.#matchedBytes += length;
    this.#hash.copied(this.#position + this.#used, basis, length);
    const { clone } = this.#sink;
    if (clone !== undefined && length >= CLONE_MIN && basis === this.#position + this.#used) {
      await this.#flush();
      await this.#gather(clone, basis, length, false);
    } else await this.#gather(this.#basis, basis, length, true);
  }

  /** The digest of everything, once all of it is written. */
  async finish(): Promise<RebuiltContent> {
    await this.#flush();
    await this.#writing;
    const counts = { literalBytes: this.#literalBytes, matchedBytes: this.#matchedBytes, reusedBytes: 0 };
    return { ...this.#hash.finish(), counts };
  }

  async #literal(bytes: Uint8Array): Promise<void> {
    this.#literalBytes += bytes.length;
    for (let done = 0; done < bytes.length; ) {
      const part = bytes.subarray(done, done + this.#size - this.#used);
      this.#buffer.set(part, this.#used);
      this.#used += part.length;
      done += part.length;
      if (this.#used === this.#size) await this.#flush();
    }
  }

  /** `written`: false for bytes that the sink's clone holds already. */
  async #gather(reader: RandomReader, from: number, length: number, written: boolean): Promise<void> {
    for (let done = 0; done < length; ) {
      const part = Math.min(length - done, this.#size - this.#used);
      readExactly(reader, this.#buffer.subarray(this.#used, this.#used + part), from + done);
      this.#used += part;
      done += part;
      if (!written || this.#used === this.#size) await this.#flush(written);
    }
  }

  /** Hashes the buffer and writes it. */
  async #flush(written = true): Promise<void> {
    if (this.#used === 0) return;
    const bytes = this.#buffer.subarray(0, this.#used);
    const position = this.#position;
    this.#hash.update(bytes);
    this.#position += bytes.length;
    this.#used = 0;
    if (written) await this.#write(bytes, position);
    if (this.#turns.over) await this.#turns.pause();
  }

  /** A write that is on its way keeps its buffer; the other one is filled and hashed meanwhile. */
  async #write(bytes: Uint8Array, position: number): Promise<void> {
    await this.#writing;
    this.#writing = undefined;
    const writing = this.#sink.write(bytes, position);
    if (writing === undefined) return;
    writing.catch(() => {}); // awaited with the next write or in finish()
    this.#writing = writing;
    const spare = this.#spare ?? readBuffer(this.#size);
    this.#spare = this.#buffer;
    this.#buffer = spare;
  }
}
