/**
 * The receiving end of a delta (docs/PROTOCOL.md [delta]): asks for one content, gives what the sender needs to
 * know of the basis, and rebuilds the content. Whether its digest is the one wanted is for the caller to say.
 */
import { blockSizeFor } from '../delta/block-size.js';
import { readWindow, SignatureBuilder } from '../delta/signature.js';
import { encodeSignature } from '../delta/signature-codec.js';
import { superBlocksOf, superFactorFor } from '../delta/super-block.js';
import type { Digest } from '../model/digest.js';
import { SyncError } from '../model/sync-error.js';
import type { Channel, Session } from '../session/channel.js';
import type { WantItem } from '../wire/message.js';
import { DeltaFollower } from './delta-follow.js';
import type { DeltaSink, RebuiltContent } from './delta-rebuild.js';
import { PART_BYTES, partsOf } from './parts.js';
import { pullOver } from './pull-channel.js';
import { type RandomReader, readExactly } from './random-reader.js';
import { type RememberedSignature, recall } from './recall.js';
import { Turns } from './turns.js';

export interface DeltaBasis extends RandomReader {
  readonly digest: Digest;
}

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
  const opening = { type: 'delta', path, digest, size, basis: basis.digest, basisSize: basis.size } as const;
  return pullOver(session, opening, (channel) => new DeltaReceiver(channel, size, basis, sink, remembered).run());
}

class DeltaReceiver {
  readonly #channel: Channel;
  readonly #basis: DeltaBasis;
  readonly #remembered: RememberedSignature;
  readonly #turns = new Turns();
  readonly #follower: DeltaFollower;
  #signatureSent = false;

  constructor(channel: Channel, size: number, basis: DeltaBasis, sink: DeltaSink, remembered: RememberedSignature) {
    this.#channel = channel;
    this.#basis = basis;
    this.#remembered = remembered;
    const signature = recall(remembered, basis.digest, basis.size);
    this.#follower = new DeltaFollower(
      channel,
      size,
      { basis, signature },
      blockSizeFor(basis.size),
      sink,
      this.#turns,
    );
  }

  async run(): Promise<RebuiltContent> {
    for (;;) {
      const frame = await this.#channel.receive();
      if (frame === undefined) throw new SyncError('closed', 'the sender of a delta ended it early');
      if (frame.message.type === 'signature-need') await this.#sendSignature();
      else if (await this.#follower.take(frame)) return this.#follower.finish();
    }
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
}
