/**
 * Which parts of the basis are worth a second look (docs/DESIGN.md §5, tier 4): for each literal, the basis
 * bytes between the matches on either side of it, cut into small blocks.
 */
import { FINE_SUM_BYTES, fineBlockSizeFor } from './block-size.js';
import { type BasisRange, blockCount } from './blocks.js';
import type { Copy, Literal, Operation } from './operation.js';

/** A literal and where in the basis to look for its bytes. */
export interface Gap {
  readonly literal: Literal;
  /** Basis offset that the literal's start corresponds to. */
  readonly basis: number;
  readonly blockSize: number;
  /** One or two; all but the last a multiple of the block size long. */
  readonly ranges: readonly BasisRange[];
  /** Number of fine blocks. */
  readonly sums: number;
}

/** Checksums of one exchange: its answer is one frame of 256 KiB. */
export const GAP_SUMS_MAX = 32 * 1024;
/** Wire bytes of a range in the question, and of the copies and literals into which a gap breaks up. */
const OVERHEAD_BYTES = 16;
/** A gap is looked at only if it could save this many times its cost: most do not save all they could. */
const WORTH_FACTOR = 2;

/** Bytes of the blocks that were searched for, and of those to look for next if that is decided already. */
export interface Cut {
  readonly coarse: number;
  readonly fine?: number;
}

/**
 * Plans the gaps of a run of operations. `before` is the copy ahead of the run. A literal whose successor is
 * another literal was cut, and one at the end of the run has no known successor unless the target ends there.
 */
export function planGaps(
  run: readonly Operation[],
  before: Copy | undefined,
  basisSize: number,
  cut: Cut,
  isLast: boolean,
): Gap[] {
  const gaps: Gap[] = [];
  let shift = before === undefined ? 0 : before.target - before.basis;
  let sums = 0;
  for (const [i, operation] of run.entries()) {
    if (operation.kind === 'copy') {
      shift = operation.target - operation.basis;
      continue;
    }
    const next = run[i + 1];
    const atEnd = next === undefined && isLast;
    const to = next?.kind === 'copy' ? next.basis : atEnd ? basisSize : undefined;
    const gap = gapOf(operation, operation.target - shift, to, basisSize, cut);
    if (gap === undefined || sums + gap.sums > GAP_SUMS_MAX) continue;
    sums += gap.sums;
    gaps.push(gap);
  }
  return gaps;
}

/** The gap of a literal whose bytes correspond to those from `from`, up to `to` if that is known. */
function gapOf(literal: Literal, from: number, to: number | undefined, basisSize: number, cut: Cut) {
  const { coarse } = cut;
  const start = Math.min(from, basisSize);
  const spans = spansOf(literal.length, start, to, basisSize, coarse);
  const basisBytes = spans.reduce((sum, span) => sum + span.length, 0);
  const blockSize = cut.fine ?? fineBlockSizeFor(basisBytes, coarse);
  const ranges = (spans.length > 1 ? spans.map((span, i) => trimmed(span, i, blockSize)) : spans).filter(
    (range) => range.length > 0,
  );
  const sums = ranges.reduce((sum, range) => sum + blockCount(range.length, blockSize), 0);
  const cost = sums * FINE_SUM_BYTES + OVERHEAD_BYTES;
  const saving = Math.min(literal.length, basisBytes) - blockSize;
  if (saving < cost * WORTH_FACTOR) return undefined;
  return { literal, basis: start, blockSize, ranges, sums } satisfies Gap;
}

/**
 * The basis bytes to look at. Where much more lies between the matches than the literal has (a deletion), or
 * the matches are not in order (blocks moved), only as much as the literal's length behind the first match and
 * ahead of the second, and a coarse block for what an insertion may have displaced.
 */
function spansOf(length: number, from: number, to: number | undefined, basisSize: number, coarseBlock: number) {
  const reach = length + coarseBlock;
  if (to !== undefined && to >= from && to - from <= 2 * reach) return span(from, to);
  const behind = span(from, Math.min(from + reach, basisSize));
  return to === undefined ? behind : [...behind, ...span(Math.max(0, to - reach), to)];
}

function span(start: number, end: number): BasisRange[] {
  return end > start ? [{ start, length: end - start }] : [];
}

/** Of two ranges, the first keeps its start and the second its end, each to whole blocks. */
function trimmed({ start, length }: BasisRange, i: number, blockSize: number): BasisRange {
  const whole = Math.floor(length / blockSize) * blockSize;
  return { start: i === 0 ? start : start + length - whole, length: whole };
}
