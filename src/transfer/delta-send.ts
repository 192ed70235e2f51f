/**
 * The sending end of a delta (docs/PROTOCOL.md [delta]): finds the basis's blocks in the source, refines what
 * is left, and sends instructions. Search, question and instructions of successive batches overlap.
 */
import { DELTA_SIZE_MAX } from '../delta/block-size.js';
import type { Signature } from '../delta/signature.js';
import { decodeSignature, encodedSignatureBytes } from '../delta/signature-codec.js';
import { superBlocksOf, superFactorFor } from '../delta/super-block.js';
import { SyncError } from '../model/sync-error.js';
import type { Channel } from '../session/channel.js';
import type { Delta } from '../wire/message.js';
import { DeltaOutput, type DeltaOutputOptions } from './delta-output.js';
import { type Asked, Refinement } from './delta-refine.js';
import { searchBatches } from './delta-search-run.js';
import { PartBuffer } from './parts.js';
import type { RandomReader } from './random-reader.js';
import { type RememberedSignature, recall } from './recall.js';
import { Turns } from './turns.js';

/**
 * Answers a `delta` opening with the instructions that make `source` of the peer's basis, and ends the channel's
 * direction. Rejects with `changed` if the source is not what was wanted; the caller aborts the channel.
 */
export async function sendDelta(
  channel: Channel,
  opening: Delta,
  source: RandomReader,
  remembered: RememberedSignature,
  options: DeltaOutputOptions,
): Promise<void> {
  checkSizes(opening, source);
  const basis =
    recall(remembered, opening.basis, opening.basisSize) ?? (await askForSignature(channel, opening.basisSize));
  const own = recall(remembered, opening.digest, opening.size);
  const known = own && superBlocksOf(own, basis.blockSize / basis.partSize);
  const turns = new Turns();
  const output = new DeltaOutput(channel, source, turns, options);
  const refinement = new Refinement(channel, source, basis, turns);
  let asked: Asked | undefined;
  for await (const batch of searchBatches(source, basis, known, turns)) {
    // While the answer for one batch was on its way, the next one has been searched.
    if (asked !== undefined) await put(asked);
    asked = await refinement.ask(batch);
  }
  if (asked !== undefined) await put(asked);
  await output.flush(true);
  await channel.end();

  async function put(batch: Asked): Promise<void> {
    for (const operation of await refinement.refine(batch)) await output.put(operation);
    await output.flush();
  }
}

function checkSizes(opening: Delta, source: RandomReader): void {
  if (source.size !== opening.size) {
    throw new SyncError('changed', `expected a file of ${opening.size} bytes, found one of ${source.size}`);
  }
  if (opening.basisSize > DELTA_SIZE_MAX) {
    throw new SyncError('protocol', `a basis of ${opening.basisSize} bytes is more than ${DELTA_SIZE_MAX}`);
  }
}

async function askForSignature(channel: Channel, size: number): Promise<Signature> {
  const factor = superFactorFor(size);
  const limit = encodedSignatureBytes(size, factor);
  const parts = new PartBuffer(limit);
  await channel.send({ type: 'signature-need' });
  for (;;) {
    const frame = await channel.receive();
    if (frame === undefined) throw new SyncError('closed', 'the receiver of a delta ended it early');
    const { message, payload } = frame;
    if (message.type !== 'signature') throw new SyncError('protocol', `expected signature, got ${message.type}`);
    if (!parts.add(payload, message.last)) {
      throw new SyncError('protocol', `a signature of more than ${limit} bytes for ${size}`);
    }
    if (message.last) return decodeSignature(parts.take(), size, factor);
  }
}
