/**
 * The sending end of tier 2 (docs/PROTOCOL.md [reuse]): names the content's chunks, hears which of them the receiver
 * has in other files, refines what lies between those, and sends instructions.
 */
import { encodeChunks } from '../delta/chunk-codec.js';
import { bytesOfChunks, CHUNK_MEAN, type Chunks } from '../delta/chunks.js';
import { decodeFound, type FoundRun } from '../delta/found-codec.js';
import type { Operation } from '../delta/operation.js';
import { SyncError } from '../model/sync-error.js';
import type { Channel } from '../session/channel.js';
import { type ChunkFeed, SEGMENT_BYTES } from './chunk-feed.js';
import { DeltaOutput, type DeltaOutputOptions } from './delta-output.js';
import { Refinement } from './delta-refine.js';
import type { LinkPace } from './link-pace.js';
import type { RandomReader } from './random-reader.js';
import { Turns } from './turns.js';

export interface SendReuseOptions extends DeltaOutputOptions {
  /** Look for chunks even where the connection is faster than that. */
  readonly thorough: boolean;
}

/** Sends `source`, whose chunks `feed` gives, and ends the channel's direction; the caller aborts it on failure. */
export async function sendReuse(
  channel: Channel,
  source: RandomReader,
  feed: ChunkFeed,
  pace: LinkPace,
  options: SendReuseOptions,
): Promise<void> {
  await new ReuseSender(channel, source, feed, pace, options).run();
  await channel.end();
}

/** Chunks that the other end has been told of. */
interface Named {
  readonly start: number;
  readonly chunks: Chunks;
  readonly last: boolean;
}

class ReuseSender {
  readonly #channel: Channel;
  readonly #source: RandomReader;
  readonly #feed: ChunkFeed;
  readonly #pace: LinkPace;
  readonly #thorough: boolean;
  readonly #output: DeltaOutput;
  readonly #refinement: Refinement;
  /** The receiver's pool as it told of it last. */
  readonly #pool = { size: 0, blockSize: CHUNK_MEAN, partSize: CHUNK_MEAN };
  /** Bytes of the source that have been named or sent. */
  #position = 0;

  constructor(channel: Channel, source: RandomReader, feed: ChunkFeed, pace: LinkPace, options: SendReuseOptions) {
    const turns = new Turns();
    this.#channel = channel;
    this.#source = source;
    this.#feed = feed;
    this.#pace = pace;
    this.#thorough = options.thorough;
    this.#output = new DeltaOutput(channel, source, turns, options);
    this.#refinement = new Refinement(channel, source, this.#pool, turns);
  }

  /** The next chunks are named before the last ones' bytes are sent, so that the receiver looks for them meanwhile. */
  async run(): Promise<void> {
    let named = await this.#name();
    while (named !== undefined) {
      const operations = await this.#operations(named);
      const asked = await this.#refinement.ask({ operations, last: named.last });
      // The answer is awaited before more is named: answers come in the order of what they answer.
      const refined = await this.#refinement.refine(asked);
      named = await this.#name();
      await this.#put(refined);
    }
    if (this.#position < this.#source.size) {
      await this.#put([{ kind: 'literal', target: this.#position, length: this.#source.size - this.#position }]);
    }
    await this.#output.flush(true);
  }

  /** Undefined when nothing is left, or the rest is better sent as it is. */
  async #name(): Promise<Named | undefined> {
    const { size } = this.#source;
    const start = this.#position;
    if (start === size || (!this.#thorough && !this.#feed.isRemembered && this.#pace.outrunsChunks)) return undefined;
    const began = performance.now();
    const chunks = await this.#feed.take();
    const bytes = bytesOfChunks(chunks);
    this.#pace.cut(bytes, (performance.now() - began) / 1000);
    this.#position = start + bytes;
    await this.#channel.send({ type: 'chunks', start }, encodeChunks(chunks));
    return { start, chunks, last: this.#position === size };
  }

  async #operations({ start, chunks }: Named): Promise<Operation[]> {
    const frame = await this.#channel.receive();
    if (frame === undefined) throw new SyncError('closed', 'the receiver ended a channel before it had all');
    if (frame.message.type !== 'found') {
      throw new SyncError('protocol', `expected found, got ${frame.message.type}`);
    }
    const { poolSize, runs } = decodeFound(frame.payload, chunks.lengths);
    if (poolSize < this.#pool.size) throw new SyncError('protocol', 'the pool of a receiver became smaller');
    this.#pool.size = poolSize;
    return operationsOf(start, chunks, runs);
  }

  async #put(operations: readonly Operation[]): Promise<void> {
    const literal = operations.reduce((sum, { kind, length }) => sum + (kind === 'literal' ? length : 0), 0);
    const began = performance.now();
    for (const operation of operations) await this.#output.put(operation);
    await this.#output.flush();
    // Few literals say nothing of the connection: instructions cost time of their own.
    if (literal >= SEGMENT_BYTES / 2) this.#pace.sent(literal, (performance.now() - began) / 1000);
  }
}

/** Copies of the runs, and literals between them. */
function operationsOf(start: number, { lengths }: Chunks, runs: readonly FoundRun[]): Operation[] {
  const operations: Operation[] = [];
  let chunk = 0;
  let target = start;
  const pass = (end: number): number => {
    let length = 0;
    for (; chunk < end; chunk++) length += lengths[chunk] as number;
    return length;
  };
  const literal = (length: number): void => {
    if (length > 0) operations.push({ kind: 'literal', target, length });
    target += length;
  };
  for (const { first, count, basis } of runs) {
    literal(pass(first));
    const length = pass(first + count);
    operations.push({ kind: 'copy', target, basis, length });
    target += length;
  }
  literal(pass(lengths.length));
  return operations;
}
