/**
 * The receiving end of tier 2 (docs/PROTOCOL.md [reuse]): says which of the named chunks it has, and rebuilds the
 * content. Whether its digest is the one wanted is for the caller to say.
 */
import { decodeChunks } from '../delta/chunk-codec.js';
import { bytesOfChunks, CHUNK_MAX, CHUNK_MIN, type Chunks } from '../delta/chunks.js';
import { encodeFound, type FoundRun } from '../delta/found-codec.js';
import { SyncError } from '../model/sync-error.js';
import type { Channel, Session } from '../session/channel.js';
import type { WantItem } from '../wire/message.js';
import { DeltaFollower } from './delta-follow.js';
import type { DeltaSink, RebuiltContent } from './delta-rebuild.js';
import type { Pool } from './pool.js';
import { pullOver } from './pull-channel.js';
import type { Budget, ReuseIndex } from './reuse-index.js';
import { Turns } from './turns.js';

export interface ReuseRequest {
  readonly want: WantItem;
  readonly index: ReuseIndex;
  readonly pool: Pool;
  readonly budget: Budget;
  readonly sink: DeltaSink;
  readonly thorough: boolean;
}

/** What was put together, and all chunks of it if the sender named them all. */
export interface Reused extends RebuiltContent {
  readonly chunks: Uint8Array | undefined;
}

/** Rejects with `protocol` if the sender breaks a rule, or `changed` if a file of the pool does; the channel is aborted then. */
export async function receiveReuse(session: Session, request: ReuseRequest): Promise<Reused> {
  const { path, digest, size } = request.want;
  const opening = { type: 'reuse', path, digest, size, thorough: request.thorough } as const;
  return pullOver(session, opening, (channel) => new ReuseReceiver(channel, request).run());
}

class ReuseReceiver {
  readonly #channel: Channel;
  readonly #request: ReuseRequest;
  readonly #turns = new Turns();
  readonly #follower: DeltaFollower;
  /** Lists of chunks so far, and the bytes that they stand for. */
  readonly #lists: Uint8Array[] = [];
  #named = 0;

  constructor(channel: Channel, request: ReuseRequest) {
    const { want, pool, sink } = request;
    this.#channel = channel;
    this.#request = request;
    this.#follower = new DeltaFollower(channel, want.size, { basis: pool }, CHUNK_MAX, sink, this.#turns);
  }

  async run(): Promise<Reused> {
    for (;;) {
      const frame = await this.#channel.receive();
      if (frame === undefined) throw new SyncError('closed', 'the sender of a content ended it early');
      if (frame.message.type === 'chunks') await this.#answer(frame.message.start, frame.payload);
      else if (await this.#follower.take(frame)) return this.#finish();
    }
  }

  async #finish(): Promise<Reused> {
    const chunks = this.#named === this.#request.want.size ? Buffer.concat(this.#lists) : undefined;
    return { ...(await this.#follower.finish()), chunks };
  }

  async #answer(start: number, payload: Uint8Array): Promise<void> {
    const { index, pool, budget } = this.#request;
    const chunks = decodeChunks(payload);
    const bytes = bytesOfChunks(chunks);
    this.#check(start, bytes, chunks);
    this.#named = start + bytes;
    this.#lists.push(Uint8Array.prototype.slice.call(payload));
    this.#channel.owed?.(false); // it is our turn now, and files may have to be read
    const places = await index.locate(chunks, pool, budget, this.#turns);
    this.#channel.owed?.(true);
    await this.#channel.send({ type: 'found' }, encodeFound({ poolSize: pool.size, runs: runsOf(chunks, places) }));
  }

  /** Chunks come in order, lie within the content and are no smaller than they are cut: lists stay in proportion to it. */
  #check(start: number, bytes: number, { lengths }: Chunks): void {
    const { size } = this.#request.want;
    if (start !== this.#named || start + bytes > size || bytes === 0) {
      throw new SyncError('protocol', `chunks of bytes ${start} to ${start + bytes} of ${size}, after ${this.#named}`);
    }
    const least = lengths.findIndex((length) => length < CHUNK_MIN);
    if (least >= 0 && (least < lengths.length - 1 || start + bytes < size)) {
      throw new SyncError('protocol', `a chunk of ${lengths[least]} bytes came, and it is not the last`);
    }
  }
}

/** Chunks that lie behind one another, there and here. */
function runsOf({ lengths }: Chunks, places: Float64Array): FoundRun[] {
  const runs: { first: number; count: number; basis: number }[] = [];
  let expected = -1;
  for (let i = 0; i < lengths.length; i++) {
    const place = places[i] as number;
    if (place < 0) {
      expected = -1;
      continue;
    }
    const last = runs.at(-1);
    if (last !== undefined && place === expected) last.count++;
    else runs.push({ first: i, count: 1, basis: place });
    expected = place + (lengths[i] as number);
  }
  return runs;
}
