/**
 * Runs the search over a source and hands its operations on in batches, each large enough for one exchange of
 * refinement and small enough that the receiver starts before the search ends.
 */
import { DeltaSearch } from '../delta/delta-search.js';
import { stepsOver } from '../delta/known-blocks.js';
import type { Operation } from '../delta/operation.js';
import type { Signature } from '../delta/signature.js';
import { type RandomReader, readExactly } from './random-reader.js';
import type { Turns } from './turns.js';

export interface Batch {
  readonly operations: readonly Operation[];
  readonly last: boolean;
}

/** A batch ends when it has so much literal: its fine checksums then fit one frame. The first is a small probe. */
const LITERAL_BYTES = 8 * 1024 * 1024;
const FIRST_LITERAL_BYTES = 1024 * 1024;
/** … or covers so much of the target, or has so many operations. */
const COVERED_BYTES = 64 * 1024 * 1024;
const OPERATIONS = 8 * 1024;

/** `known` is the source's own signature, if it is remembered: what it settles is not read. */
export async function* searchBatches(
  source: RandomReader,
  basis: Signature,
  known: Signature | undefined,
  turns: Turns,
): AsyncGenerator<Batch> {
  if (basis.size === 0) {
    const whole: Operation = { kind: 'literal', target: 0, length: source.size };
    yield { operations: source.size > 0 ? [whole] : [], last: true };
    return;
  }
  const collector = new Collector();
  const search = new DeltaSearch(basis, (operation) => collector.add(operation));
  let position = 0;
  for (const step of stepsOver(source.size, search, basis, known)) {
    if (step.kind === 'skip') {
      search.skip(step.block);
      position += basis.blockSize;
    }
    const end = position + (step.kind === 'read' ? step.length : 0);
    while (position < end) {
      position += feed(search, source, position, end);
      if (turns.over) await turns.pause();
      if (collector.isFull) yield collector.take(false);
    }
    if (collector.isFull) yield collector.take(false);
  }
  search.finish();
  yield collector.take(true);
}

/** Reads as much of [position, end) as the search has room for, and searches it; how much. */
export function feed(search: DeltaSearch, source: RandomReader, position: number, end: number): number {
  const room = search.room();
  const part = room.subarray(0, Math.min(room.length, end - position));
  readExactly(source, part, position);
  search.filled(part.length);
  return part.length;
}

class Collector {
  #operations: Operation[] = [];
  #literal = 0;
  #covered = 0;
  #limit = FIRST_LITERAL_BYTES;

  add(operation: Operation): void {
    this.#operations.push(operation);
    this.#covered += operation.length;
    if (operation.kind === 'literal') this.#literal += operation.length;
  }

  get isFull(): boolean {
    return this.#literal >= this.#limit || this.#covered >= COVERED_BYTES || this.#operations.length >= OPERATIONS;
  }

  take(last: boolean): Batch {
    const operations = this.#operations;
    this.#operations = [];
    this.#literal = 0;
    this.#covered = 0;
    this.#limit = LITERAL_BYTES;
    return { operations, last };
  }
}
