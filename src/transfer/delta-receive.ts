/**
 * The receiving end of a delta (docs/PROTOCOL.md [delta]): asks for one content, gives what the sender needs to
 * know of the basis, and rebuilds the content. Whether its digest is the one wanted is for the caller to say.
 */
import { blockSizeFor, FINE_SUM_BYTES } from '../delta/block-size.js';
import { blockCount } from '../delta/blocks.js';
import { FINE_STEP_BYTES, writeFineSums } from '../delta/fine-sums.js';
import { INSTRUCTIONS_BYTES_MAX, InstructionReader } from '../delta/instruction.js';
import { unpackLiterals } from '../delta/literal-codec.js';
import { decodeQuestion, type FineRange } from '../delta/refine-codec.js';
import { readWindow, SignatureBuilder } from '../delta/signature.js';
import { encodeSignature } from '../delta/signature-codec.js';
import { superBlocksOf, superFactorFor } from '../delta/super-block.js';
import type { Digest } from '../model/digest.js';
import { asSyncError, SyncError } from '../model/sync-error.js';
import type { Channel, Frame, Session } from '../session/channel.js';
import type { Instructions, WantItem } from '../wire/message.js';
import { type DeltaSink, Rebuild, type RebuiltContent } from './delta-rebuild.js';
import { PART_BYTES, partsOf } from './parts.js';
import { type RandomReader, readExactly } from './random-reader.js';
import { type RememberedSignature, recall } from './recall.js';
import { Turns } from './turns.js';

export interface DeltaBasis extends RandomReader {
  readonly digest: Digest;
}

/**
 * Basis bytes that a sender may ask about, for each byte of the target: an honest one asks for some two bytes
 * for each byte of literal and two blocks for each gap. Without a limit it could make us hash for ever.
 */
const QUESTION_RATE = 8;

/**
 * Fetches `want` as a delta against `basis` and writes it to `sink`. `remembered` may know the basis's
 * signature; else it is computed if the sender needs it. Rejects with `protocol` if the sender breaks a rule,
 * `changed` if the basis shrinks meanwhile, or what the sink throws; the channel is aborted then.
 */
export async function receiveDelta(
  session: Session,
  want: WantItem,
  basis: DeltaBasis,
  sink: DeltaSink,
  remembered: RememberedSignature,
): Promise<RebuiltContent> {
  const { path, digest, size } = want;
  const channel = await session.open({ type: 'delta', path, digest, size, basis: basis.digest, basisSize: basis.size });
  channel.owed?.(true);
  try {
    const received = await new DeltaReceiver(channel, size, basis, sink, remembered).run();
    channel.owed?.(false);
    await channel.end();
    return received;
  } catch (error) {
    channel.abort(asSyncError(error, 'io'));
    throw error;
  }
}

class DeltaReceiver {
  readonly #channel: Channel;
  readonly #basis: DeltaBasis;
  readonly #remembered: RememberedSignature;
  readonly #turns = new Turns();
  readonly #reader: InstructionReader;
  readonly #rebuild: Rebuild;
  #signatureSent = false;
  /** Basis bytes that the sender may yet ask about. */
  #askable: number;

  constructor(channel: Channel, size: number, basis: DeltaBasis, sink: DeltaSink, remembered: RememberedSignature) {
    this.#channel = channel;
    this.#basis = basis;
    this.#remembered = remembered;
    this.#reader = new InstructionReader(size, basis.size);
    this.#rebuild = new Rebuild(size, basis, sink, this.#turns, recall(remembered, basis.digest, basis.size));
    this.#askable = QUESTION_RATE * (size + blockSizeFor(basis.size));
  }

  async run(): Promise<RebuiltContent> {
    for (;;) {
      const frame = await this.#channel.receive();
      if (frame === undefined) throw new SyncError('closed', 'the sender of a delta ended it early');
      if (await this.#take(frame)) return this.#rebuild.finish();
    }
  }

  /** True once the instructions have ended. */
  async #take({ message, payload }: Frame): Promise<boolean> {
    switch (message.type) {
      case 'signature-need':
        await this.#sendSignature();
        return false;
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

  async #follow({ codec, size, last }: Instructions, payload: Uint8Array): Promise<void> {
    const instructions = unpackLiterals(codec, payload, size, INSTRUCTIONS_BYTES_MAX);
    // Frames of nothing would be progress without end.
    if (instructions.length === 0 && !last) throw new SyncError('protocol', 'a frame without instructions came');
    for (const instruction of this.#reader.read(instructions)) await this.#rebuild.add(instruction);
    if (last && !this.#reader.complete) throw new SyncError('protocol', 'a delta ended before its target was complete');
  }

  async #sendSignature(): Promise<void> {
    // Computing it reads the whole basis: a sender that asked again and again would keep us busy.
    if (this.#signatureSent) throw new SyncError('protocol', 'the sender of a delta asked for the signature twice');
    this.#signatureSent = true;
    const { digest, size } = this.#basis;
    const signature = recall(this.#remembered, digest, size) ?? (await this.#computeSignature());
    const encoded = encodeSignature(superBlocksOf(signature, superFactorFor(size)));
    for (const { bytes, last } of partsOf(encoded, PART_BYTES))
      await this.#channel.send({ type: 'signature', last }, bytes);
  }

  async #computeSignature() {
    const { size } = this.#basis;
    const builder = new SignatureBuilder(size);
    for (let position = 0; position < size; ) {
      // The window is shared with everybody in this thread: filled and used up within this turn.
      const window = readWindow();
      const part = window.subarray(0, Math.min(window.length, size - position));
      readExactly(this.#basis, part, position);
      builder.update(part);
      position += part.length;
      await this.#turns.pause();
    }
    const signature = builder.finish();
    if (signature === undefined) throw new SyncError('changed', 'the basis changed while it was read');
    return signature;
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
