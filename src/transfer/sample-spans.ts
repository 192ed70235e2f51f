/** Where in a file chunks are sampled: at its start, its end and evenly between. */
import type { Span } from '../delta/chunk-cutter.js';

/** Bytes of one sample: some five chunks beside the two at its ends that are not certain. */
const SPAN_BYTES = 64 * 1024;
/** Bytes of file for each sample … */
const STRIDE_BYTES = 2 * 1024 * 1024;
/** … and how many samples a file has at least and at most. */
const SPANS_MIN = 2;
const SPANS_MAX = 64;

export function sampleSpans(size: number): Span[] {
  const count = Math.min(SPANS_MAX, Math.max(SPANS_MIN, Math.round(size / STRIDE_BYTES)));
  if (size <= count * SPAN_BYTES) return [{ start: 0, end: size, last: true }];
  return Array.from({ length: count }, (_, i) => {
    const start = Math.floor(((size - SPAN_BYTES) * i) / (count - 1));
    return { start, end: start + SPAN_BYTES, last: true };
  });
}
