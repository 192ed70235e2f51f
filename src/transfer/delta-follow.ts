/**
 * What the receiver does with a sender's instructions and its questions about the basis (docs/PROTOCOL.md
 * [instructions], [refine]), whatever the basis is: the old content of the same path, or a pool of other files.
 */
import { FINE_SUM_BYTES } from '../delta/block-size.js';
import { blockCount } from '../delta/blocks.js';
import { FINE_STEP_BYTES, writeFineSums } from '../delta/fine-sums.js';
import { INSTRUCTIONS_BYTES_MAX, InstructionReader } from '../delta/instruction.js';
import { unpackLiterals } from '../delta/literal-codec.js';
import { decodeQuestion, type FineRange } from '../delta/refine-codec.js';
import type { Signature } from '../delta/signature.js';
import { SyncError } from '../model/sync-error.js';
import type { Channel, Frame } from '../session/channel.js';
import type { Instructions } from '../wire/message.js';
import { type DeltaSink, Rebuild, type RebuiltContent } from './delta-rebuild.js';
import { type RandomReader, readExactly } from './random-reader.js';
import type { Turns } from './turns.js';

/**
 * Basis bytes that a sender may ask about, for each byte of the target: an honest one asks for some two bytes
 * for each byte of literal and two blocks for each gap. Without a limit it could make us hash for ever.
 */
const QUESTION_RATE = 8;

export class DeltaFollower {
  readonly #channel: Channel;
  readonly #basis: RandomReader;
  readonly #turns: Turns;
  readonly #reader: InstructionReader;
  readonly #rebuild: Rebuild;
  /** Basis bytes that the sender may yet ask about. */
  #askable: number;

  /**
   * `size`: bytes of the target. `signature`: the basis's, if it is remembered. `blockSize`: of the blocks or chunks
   * that the sender searches for.
   */
  constructor(
    channel: Channel,
    size: number,
    { basis, signature }: { readonly basis: RandomReader; readonly signature?: Signature | undefined },
    blockSize: number,
    sink: DeltaSink,
    turns: Turns,
  ) {
    this.#channel = channel;
    this.#basis = basis;
    this.#turns = turns;
    this.#reader = new InstructionReader(size, basis);
    this.#rebuild = new Rebuild(size, basis, sink, turns, signature);
    this.#askable = QUESTION_RATE * (size + blockSize);
  }

  /** True once the instructions have ended. Throws `protocol` for any other message. */
  async take({ message, payload }: Frame): Promise<boolean> {
    switch (message.type) {
      case 'refine':
        await this.#answer(payload);
        return false;
      case 'instructions':
        await this.#follow(message, payload);
        return message.last;
      default:
        throw new SyncError('protocol', `expected a message of a delta, got ${message.type}`);
    }
  }

  finish(): Promise<RebuiltContent> {
    return this.#rebuild.finish();
  }

  async #follow({ codec, size, last }: Instructions, payload: Uint8Array): Promise<void> {
    const instructions = unpackLiterals(codec, payload, size, INSTRUCTIONS_BYTES_MAX);
    // Frames of nothing would be progress without end.
    if (instructions.length === 0 && !last) throw new SyncError('protocol', 'a frame without instructions came');
    for (const instruction of this.#reader.read(instructions)) await this.#rebuild.add(instruction);
    if (last && !this.#reader.complete) throw new SyncError('protocol', 'a delta ended before its target was complete');
  }

  async #answer(question: Uint8Array): Promise<void> {
    const ranges = decodeQuestion(question, this.#basis.size);
    if (ranges.length === 0) throw new SyncError('protocol', 'the sender of a delta asked about nothing');
    const sums = ranges.reduce((sum, { length, blockSize }) => sum + blockCount(length, blockSize), 0);
    const answer = Buffer.allocUnsafe(sums * FINE_SUM_BYTES);
    let at = 0;
    for (const range of ranges) {
      this.#askable -= range.length;
      if (this.#askable < 0) throw new SyncError('protocol', 'the sender of a delta asks about too much of the basis');
      for (const step of stepsOf(range)) {
        at = writeFineSums((target, position) => readExactly(this.#basis, target, position), step, answer, at);
        if (this.#turns.over) await this.#turns.pause();
      }
    }
    await this.#channel.send({ type: 'refined' }, answer);
  }
}

/** A range in pieces that do not hold up the event loop. */
function* stepsOf({ start, length, blockSize }: FineRange): Generator<FineRange> {
  for (let done = 0; done < length; done += FINE_STEP_BYTES) {
    yield { start: start + done, length: Math.min(FINE_STEP_BYTES, length - done), blockSize };
  }
}
