/**
 * Sends operations as instruction frames (docs/PROTOCOL.md [instructions]); literals are read as they are sent, and a
 * few frames are packed at once while earlier ones go.
 */
import { InstructionPacker } from '../delta/instruction.js';
import type { Packed } from '../delta/literal-codec.js';
import type { Operation } from '../delta/operation.js';
import type { Channel } from '../session/channel.js';
import type { LiteralPacker } from './literal-packer.js';
import { type RandomReader, readExactly } from './random-reader.js';
import type { Turns } from './turns.js';

/** Frames under way behind the one that is filled; each holds 256 KiB twice. */
const AHEAD = 2;

export interface DeltaOutputOptions {
  /** Packs literals where that pays; without it nothing is compressed. Only for another end that can receive `brotli`. */
  readonly literals?: LiteralPacker | undefined;
  /** Told of the bytes of the target that instructions were made for. */
  readonly onPut?: ((bytes: number) => void) | undefined;
}

export class DeltaOutput {
  readonly #channel: Channel;
  readonly #source: RandomReader;
  readonly #literals: LiteralPacker | undefined;
  readonly #turns: Turns;
  readonly #onPut: (bytes: number) => void;
  readonly #packer: InstructionPacker;
  /** Frames on their way, the oldest first; each is sent when the one before it is. */
  readonly #sending: Promise<void>[] = [];

  constructor(channel: Channel, source: RandomReader, turns: Turns, { literals, onPut }: DeltaOutputOptions) {
    this.#channel = channel;
    this.#source = source;
    this.#literals = literals;
    this.#turns = turns;
    this.#onPut = onPut ?? (() => {});
    this.#packer = new InstructionPacker(source.size);
  }

  async put(operation: Operation): Promise<void> {
    if (operation.kind === 'literal') return this.#literal(operation.target, operation.length);
    this.#onPut(operation.length);
    if (this.#packer.copy(operation.basis, operation.length)) return;
    await this.flush();
    this.#packer.copy(operation.basis, operation.length);
  }

  /** Sends what is packed, so that the receiver can go on; `last`: and waits until all of it is sent. */
  async flush(last = false): Promise<void> {
    if (!this.#packer.isEmpty || last) {
      const payload = this.#packer.take();
      const packed: Packed | Promise<Packed> = this.#literals?.pack(payload) ?? { codec: 'none', bytes: payload };
      const sending = this.#send(packed, payload.length, last, this.#sending.at(-1));
      sending.catch(() => {}); // awaited below or with a later frame
      this.#sending.push(sending);
    }
    while (this.#sending.length > (last ? 0 : AHEAD)) {
      await this.#sending[0];
      this.#sending.shift();
    }
    await this.#turns.pause();
  }

  async #send(
    packed: Packed | Promise<Packed>,
    size: number,
    last: boolean,
    before: Promise<void> | undefined,
  ): Promise<void> {
    const [{ codec, bytes }] = await Promise.all([packed, before]);
    const started = performance.now();
    await this.#channel.send({ type: 'instructions', codec, size, last }, bytes);
    this.#literals?.sent(bytes.length, performance.now() - started);
  }

  async #literal(target: number, length: number): Promise<void> {
    for (let done = 0; done < length; ) {
      const space = this.#packer.literal(length - done);
      if (space.length === 0) await this.flush();
      else readExactly(this.#source, space, target + done);
      done += space.length;
      this.#onPut(space.length);
    }
  }
}
