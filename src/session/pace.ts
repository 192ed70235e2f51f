/** A token bucket for `--bwlimit`: how long to wait before the next bytes may go. One may serve many sessions. */
export interface Pace {
  /** Bytes that one write should have at most, so that the line is even. */
  readonly burst: number;
  /** Takes bytes that were written; returns the milliseconds to wait before writing more. */
  take(bytes: number): number;
  /** Milliseconds until more may be written; 0: now. */
  wait(): number;
}

/** Writes smaller than this cost more in frames and records than the evenness is worth. */
const BURST_MIN = 1024;
/** Writes a second at full rate. */
const WRITES = 20;

/** `rate` in bytes a second. `now` in milliseconds, monotonic. */
export function paceOf(rate: number, now: () => number = () => performance.now()): Pace {
  let paidUntil = now();
  const wait = (): number => Math.max(0, paidUntil - now());
  return {
    burst: Math.max(BURST_MIN, Math.floor(rate / WRITES)),
    take(bytes) {
      paidUntil = Math.max(paidUntil, now()) + (bytes / rate) * 1000;
      return wait();
    },
    wait,
  };
}
