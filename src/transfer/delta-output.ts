/** Sends operations as instruction frames (docs/PROTOCOL.md [instructions]); literals are read as they are sent. */
import { InstructionPacker } from '../delta/instruction.js';
import { packLiterals } from '../delta/literal-codec.js';
import type { Operation } from '../delta/operation.js';
import type { Channel } from '../session/channel.js';
import { type RandomReader, readExactly } from './random-reader.js';
import type { Turns } from './turns.js';

export class DeltaOutput {
  readonly #channel: Channel;
  readonly #source: RandomReader;
  readonly #compress: boolean;
  readonly #turns: Turns;
  readonly #packer: InstructionPacker;

  constructor(channel: Channel, source: RandomReader, compress: boolean, turns: Turns) {
    this.#channel = channel;
    this.#source = source;
    this.#compress = compress;
    this.#turns = turns;
    this.#packer = new InstructionPacker(source.size);
  }

  async put(operation: Operation): Promise<void> {
    if (operation.kind === 'literal') return this.#literal(operation.target, operation.length);
    if (this.#packer.copy(operation.basis, operation.length)) return;
    await this.flush();
    this.#packer.copy(operation.basis, operation.length);
  }

  /** Sends what is packed, so that the receiver can go on. */
  async flush(last = false): Promise<void> {
    if (this.#packer.isEmpty && !last) return;
    const payload = this.#packer.take();
    const { codec, bytes } = this.#compress ? packLiterals(payload) : { codec: 'none' as const, bytes: payload };
    await this.#channel.send({ type: 'instructions', codec, size: payload.length, last }, bytes);
    await this.#turns.pause();
  }

  async #literal(target: number, length: number): Promise<void> {
    for (let done = 0; done < length; ) {
      const space = this.#packer.literal(length - done);
      if (space.length === 0) await this.flush();
      else readExactly(this.#source, space, target + done);
      done += space.length;
    }
  }
}
