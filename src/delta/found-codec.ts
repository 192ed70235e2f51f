/**
 * Which of the chunks that a sender named the receiver has (docs/PROTOCOL.md [found]): runs of chunks that lie behind
 * one another in its pool, the concatenation of all files that it takes bytes from.
 */
import { SyncError } from '../model/sync-error.js';
import { unzigzag, VARINT_BYTES_MAX, VarintReader, writeVarint, zigzag } from './varint.js';

/** Chunks `first` to `first + count - 1` of a list, in one piece from `basis` on. */
export interface FoundRun {
  readonly first: number;
  readonly count: number;
  /** Offset in the pool. */
  readonly basis: number;
}

export interface Found {
  /** Bytes of the pool, as far as it is known by now. */
  readonly poolSize: number;
  /** In order, without overlap. */
  readonly runs: readonly FoundRun[];
}

const RUN_BYTES_MAX = 3 * VARINT_BYTES_MAX;

/** The pool's size, then for each run: chunks passed over, chunks in it, and its offset relative to the last one's. */
export function encodeFound({ poolSize, runs }: Found): Buffer {
  const bytes = Buffer.allocUnsafe(VARINT_BYTES_MAX + runs.length * RUN_BYTES_MAX);
  let at = writeVarint(bytes, 0, poolSize);
  let next = 0;
  let before = 0;
  for (const { first, count, basis } of runs) {
    at = writeVarint(bytes, at, first - next);
    at = writeVarint(bytes, at, count);
    at = writeVarint(bytes, at, zigzag(basis - before));
    next = first + count;
    before = basis;
  }
  return bytes.subarray(0, at);
}

/** What a receiver found among `chunks` chunks of these lengths; `protocol` if that cannot be. */
export function decodeFound(payload: Uint8Array, lengths: Uint32Array): Found {
  const reader = new VarintReader(payload);
  const poolSize = reader.varint();
  const runs: FoundRun[] = [];
  let next = 0;
  let before = 0;
  while (!reader.done) {
    const first = next + reader.varint();
    const count = reader.varint();
    const basis = before + unzigzag(reader.varint());
    if (count === 0 || first + count > lengths.length) throw bad(`chunks ${first} to ${first + count} of a list`);
    const length = lengths.subarray(first, first + count).reduce((sum, each) => sum + each, 0);
    if (basis < 0 || basis + length > poolSize) throw bad(`bytes ${basis} to ${basis + length} of ${poolSize}`);
    runs.push({ first, count, basis });
    next = first + count;
    before = basis;
  }
  return { poolSize, runs };
}

function bad(what: string): SyncError {
  return new SyncError('protocol', `chunks that were found: ${what}`);
}
