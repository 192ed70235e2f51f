/**
 * The exchange of refinement (docs/PROTOCOL.md [refine]). The question: for each range a zigzag varint, its
 * start relative to the end of the one before; a varint, its length; and `u8` log2 of the block size. The
 * answer: 8 bytes for each block, `u32` weak and `u32` strong, little-endian, in order.
 */
import { SyncError } from '../model/sync-error.js';
import { ASKED_BLOCK_MAX, FINE_BLOCK_MIN, FINE_SUM_BYTES } from './block-size.js';
import { type BasisRange, type Blocks, blockCount } from './blocks.js';
import { GAP_SUMS_MAX, type Gap } from './gap.js';
import { unzigzag, VARINT_BYTES_MAX, VarintReader, writeVarint, zigzag } from './varint.js';

const RANGE_BYTES_MAX = 2 * VARINT_BYTES_MAX + 1;

export interface FineRange extends BasisRange {
  readonly blockSize: number;
}

export function encodeQuestion(gaps: readonly Gap[]): Uint8Array {
  const ranges = gaps.flatMap((gap) => gap.ranges.map((range) => ({ ...range, blockSize: gap.blockSize })));
  const bytes = Buffer.allocUnsafe(ranges.length * RANGE_BYTES_MAX);
  let at = 0;
  let end = 0;
  for (const { start, length, blockSize } of ranges) {
    at = writeVarint(bytes, at, zigzag(start - end));
    at = writeVarint(bytes, at, length);
    bytes[at++] = Math.log2(blockSize);
    end = start + length;
  }
  return bytes.subarray(0, at);
}

/** The ranges that a peer asks about; all of them within the basis and with a bounded answer. */
export function decodeQuestion(payload: Uint8Array, basisSize: number): FineRange[] {
  const reader = new VarintReader(payload);
  const ranges: FineRange[] = [];
  let end = 0;
  let sums = 0;
  while (!reader.done) {
    const start = end + unzigzag(reader.varint());
    const length = reader.varint();
    const blockSize = 2 ** reader.varint();
    if (start < 0 || length === 0 || start + length > basisSize) {
      throw bad(`asks for bytes ${start} to ${start + length} of a basis of ${basisSize}`);
    }
    if (blockSize < FINE_BLOCK_MIN || blockSize > ASKED_BLOCK_MAX) throw bad(`asks for blocks of ${blockSize} bytes`);
    sums += blockCount(length, blockSize);
    if (sums > GAP_SUMS_MAX) throw bad(`asks for more than ${GAP_SUMS_MAX} checksums at once`);
    ranges.push({ start, length, blockSize });
    end = start + length;
  }
  return ranges;
}

/** The blocks of each gap, from a peer's answer. */
export function decodeAnswer(payload: Uint8Array, gaps: readonly Gap[]): Blocks[] {
  const sums = gaps.reduce((sum, gap) => sum + gap.sums, 0);
  if (payload.length !== sums * FINE_SUM_BYTES) {
    throw bad(`answered ${payload.length} bytes where ${sums * FINE_SUM_BYTES} were expected`);
  }
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  let at = 0;
  return gaps.map((gap) => {
    const weak = new Uint32Array(gap.sums);
    const strong = new Uint32Array(2 * gap.sums);
    for (let i = 0; i < gap.sums; i++, at += FINE_SUM_BYTES) {
      weak[i] = bytes.readUInt32LE(at);
      strong[2 * i] = bytes.readUInt32LE(at + 4);
    }
    const { blockSize, ranges } = gap;
    return { tier: 'fine', blockSize, partSize: blockSize, ranges, weak, strong };
  });
}

function bad(what: string): SyncError {
  return new SyncError('protocol', `refinement: the peer ${what}`);
}
