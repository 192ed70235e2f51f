/**
 * Packed instructions (docs/PROTOCOL.md [instructions]). Each is a varint `2 * length + kind`; a copy (kind 0)
 * goes on with a zigzag varint, its basis offset relative to where an edit in place would have it; a literal
 * (kind 1) with its bytes. Targets follow one another, so an instruction cannot overlap another.
 */
import { SyncError } from '../model/sync-error.js';
import { unzigzag, VARINT_BYTES_MAX, VarintReader, writeVarint, zigzag } from './varint.js';

/** Bytes of a payload, before compression: enough to amortise a frame, little enough to interleave with others. */
export const INSTRUCTIONS_BYTES_MAX = 256 * 1024;

/** Bytes for the instructions around a small file's literals; where they are not enough, another payload follows. */
const SMALL_BYTES = 1024;
const COPY_BYTES_MAX = 2 * VARINT_BYTES_MAX;

/** Packs the instructions of one delta into payloads, each of which is decoded on its own but in order. */
export class InstructionPacker {
  readonly #capacity: number;
  #buffer: Buffer;
  #used = 0;
  /** Basis offset behind the last copy, moved on by the literals since. */
  #expected = 0;

  constructor(targetSize: number) {
    this.#capacity = Math.min(INSTRUCTIONS_BYTES_MAX, targetSize + SMALL_BYTES);
    this.#buffer = Buffer.allocUnsafe(this.#capacity);
  }

  get isEmpty(): boolean {
    return this.#used === 0;
  }

  /** False if the payload is full: take it and try again. */
  copy(basis: number, length: number): boolean {
    if (this.#used + COPY_BYTES_MAX > this.#buffer.length) return false;
    this.#used = writeVarint(this.#buffer, this.#used, 2 * length);
    this.#used = writeVarint(this.#buffer, this.#used, zigzag(basis - this.#expected));
    this.#expected = basis + length;
    return true;
  }

  /** Where to put the next bytes of a literal: at most `length`, fewer if the payload fills up, none if it is full. */
  literal(length: number): Uint8Array {
    const fits = Math.max(0, Math.min(length, this.#buffer.length - this.#used - VARINT_BYTES_MAX));
    if (fits === 0) return this.#buffer.subarray(0, 0);
    this.#used = writeVarint(this.#buffer, this.#used, 2 * fits + 1);
    const start = this.#used;
    this.#used += fits;
    this.#expected += fits;
    return this.#buffer.subarray(start, this.#used);
  }

  /** The payload; the packer goes on with a new buffer, because the connection may hold this one for a while. */
  take(): Uint8Array {
    const payload = this.#buffer.subarray(0, this.#used);
    this.#buffer = Buffer.allocUnsafe(this.#capacity);
    this.#used = 0;
    return payload;
  }
}

export type Instruction =
  | { readonly kind: 'copy'; readonly basis: number; readonly length: number }
  /** `bytes` is a view of the payload. */
  | { readonly kind: 'literal'; readonly bytes: Uint8Array };

/**
 * Reads the payloads of one delta, which come from a peer: every copy lies within the basis and all of them
 * together never exceed the target, or it is a `protocol` error.
 */
export class InstructionReader {
  readonly #targetSize: number;
  readonly #basis: { readonly size: number };
  #expected = 0;
  #target = 0;

  /** `basis` may grow meanwhile. Sizes are bytes. */
  constructor(targetSize: number, basis: { readonly size: number }) {
    this.#targetSize = targetSize;
    this.#basis = basis;
  }

  /** Whether the instructions so far make the whole target. */
  get complete(): boolean {
    return this.#target === this.#targetSize;
  }

  *read(payload: Uint8Array): Generator<Instruction> {
    if (payload.length > INSTRUCTIONS_BYTES_MAX) throw bad(`${payload.length} bytes of instructions in one frame`);
    const reader = new VarintReader(payload);
    while (!reader.done) {
      const word = reader.varint();
      const length = Math.floor(word / 2);
      this.#target += length;
      if (length === 0) throw bad('an instruction of no bytes');
      if (this.#target > this.#targetSize)
        throw bad(`instructions make more than the ${this.#targetSize} bytes wanted`);
      yield word % 2 === 0 ? this.#copy(reader, length) : this.#literal(reader, length);
    }
  }

  #copy(reader: VarintReader, length: number): Instruction {
    const basis = this.#expected + unzigzag(reader.varint());
    if (basis < 0 || basis + length > this.#basis.size) {
      throw bad(`a copy of bytes ${basis} to ${basis + length} of a basis of ${this.#basis.size}`);
    }
    this.#expected = basis + length;
    return { kind: 'copy', basis, length };
  }

  #literal(reader: VarintReader, length: number): Instruction {
    this.#expected += length;
    return { kind: 'literal', bytes: reader.take(length) };
  }
}

function bad(what: string): SyncError {
  return new SyncError('protocol', `delta: ${what}`);
}
