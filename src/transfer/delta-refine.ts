/**
 * Refinement as the sender runs it (docs/PROTOCOL.md [refine]): asks for fine checksums of the basis around the
 * literals of a batch, one question on its way at a time, and searches those literals again with the answer.
 */
import { ASKED_BLOCK_MAX, FINE_SUM_BYTES } from '../delta/block-size.js';
import type { Blocks } from '../delta/blocks.js';
import { DeltaSearch } from '../delta/delta-search.js';
import { type Cut, type Gap, planGaps } from '../delta/gap.js';
import type { Copy, Operation } from '../delta/operation.js';
import { OperationMerger } from '../delta/operation.js';
import { decodeAnswer, encodeQuestion } from '../delta/refine-codec.js';
import { SyncError } from '../model/sync-error.js';
import type { Channel } from '../session/channel.js';
import { type Batch, feed } from './delta-search-run.js';
import type { RandomReader } from './random-reader.js';
import type { Turns } from './turns.js';

/**
 * Questions are asked while they pay: their answers may cost PROBE_BYTES, and then half of what they saved. The
 * share of literals lets a file that is all new at its start, and little changed behind it, be refined again.
 */
const PROBE_BYTES = 64 * 1024;
const SAVED_SHARE = 1 / 2;
const LITERAL_SHARE = 1 / 512;

/** What is known of the basis; it may grow between questions. */
export interface RefinedBasis {
  /** Bytes. */
  readonly size: number;
  /** Bytes of the blocks, or about those of the chunks, that were searched for. */
  readonly blockSize: number;
  /** Smaller where the blocks are super blocks: then there are two rounds (delta/blocks.ts). */
  readonly partSize: number;
}

/** A batch whose question is on its way. */
export interface Asked extends Batch {
  /** The last copy ahead of it. */
  readonly before: Copy | undefined;
  readonly gaps: readonly Gap[];
  readonly answer: Promise<Blocks[]>;
}

export class Refinement {
  readonly #channel: Channel;
  readonly #source: RandomReader;
  readonly #basis: RefinedBasis;
  readonly #turns: Turns;
  #before: Copy | undefined;
  #allowance = PROBE_BYTES;

  constructor(channel: Channel, source: RandomReader, basis: RefinedBasis, turns: Turns) {
    this.#channel = channel;
    this.#source = source;
    this.#basis = basis;
    this.#turns = turns;
  }

  /** Asks about a batch, if that may pay. The batch asked about before must have been refined. */
  async ask(batch: Batch): Promise<Asked> {
    const { blockSize, partSize } = this.#basis;
    for (const { kind, length } of batch.operations) if (kind === 'literal') this.#allowance += length * LITERAL_SHARE;
    const before = this.#before;
    this.#before = batch.operations.findLast((operation) => operation.kind === 'copy') ?? before;
    const fine = Math.min(partSize, ASKED_BLOCK_MAX);
    return this.#ask(batch, before, partSize < blockSize ? { coarse: blockSize, fine } : { coarse: blockSize });
  }

  /** The batch's operations, with what the answer found in place of its literals. Of super blocks, in two rounds. */
  async refine(asked: Asked): Promise<Operation[]> {
    const { blockSize, partSize } = this.#basis;
    const operations = await this.#search(asked);
    if (partSize === blockSize || asked.gaps.length === 0) return operations;
    return this.#search(await this.#ask({ operations, last: asked.last }, asked.before, { coarse: partSize }));
  }

  async #ask(batch: Batch, before: Copy | undefined, cut: Cut): Promise<Asked> {
    const { operations, last } = batch;
    const gaps = this.#allowance > 0 ? planGaps(operations, before, this.#basis.size, cut, last) : [];
    if (gaps.length === 0) return { ...batch, before, gaps, answer: Promise.resolve([]) };
    this.#allowance -= gaps.reduce((sum, gap) => sum + gap.sums, 0) * FINE_SUM_BYTES;
    await this.#channel.send({ type: 'refine' }, encodeQuestion(gaps));
    const answer = this.#answer(gaps);
    answer.catch(() => {}); // awaited in #search(); it must not count as unhandled while the search goes on
    return { ...batch, before, gaps, answer };
  }

  async #search({ operations, gaps, answer }: Asked): Promise<Operation[]> {
    const blocks = await answer;
    const refined: Operation[] = [];
    const merger = new OperationMerger((operation) => refined.push(operation));
    let next = 0;
    for (const operation of operations) {
      const gap = gaps[next];
      if (gap === undefined || gap.literal !== operation) {
        merger.push(operation);
        continue;
      }
      await this.#searchGap(gap, blocks[next++] as Blocks, merger);
    }
    merger.flush();
    return refined;
  }

  async #searchGap({ literal, basis }: Gap, blocks: Blocks, merger: OperationMerger): Promise<void> {
    const end = literal.target + literal.length;
    const emit = (operation: Operation): void => {
      if (operation.kind === 'copy') this.#allowance += operation.length * SAVED_SHARE;
      merger.push(operation);
    };
    const search = new DeltaSearch(blocks, emit, { target: literal.target, basis });
    for (let position = literal.target; position < end; ) {
      position += feed(search, this.#source, position, end);
      if (this.#turns.over) await this.#turns.pause();
    }
    search.finish();
  }

  async #answer(gaps: readonly Gap[]): Promise<Blocks[]> {
    const frame = await this.#channel.receive();
    if (frame === undefined) throw new SyncError('closed', 'the receiver of a delta ended it early');
    if (frame.message.type !== 'refined') {
      throw new SyncError('protocol', `expected refined, got ${frame.message.type}`);
    }
    return decodeAnswer(frame.payload, gaps);
  }
}
