/** Readers of option values: text in, value out, or what was expected instead. */
import { parseDuration, parseSize, parseWhole } from './units.js';

export interface Reader {
  /** Undefined: not acceptable. */
  read(text: string): string | number | undefined;
  /** Completes "expected …". */
  readonly expected: string;
  /** All that is acceptable, where that is a list. */
  readonly choices?: readonly string[];
}

export const text: Reader = {
  read: (value) => (value === '' ? undefined : value),
  expected: 'something that is not empty',
};

/** Milliseconds: Node's timers hold 2^31 − 1, and take what is more for 1. */
const DURATION_MAX = 24 * 86_400_000;

export const duration = time(0, 'a time such as 3s, 250ms, 1.5m or 2h (a plain number: seconds), at most 24d');

/** How long to wait for a peer: nobody answers within no time. */
export const wait = time(1, 'a time above 0 such as 3s, 250ms, 1.5m or 2h (a plain number: seconds), at most 24d');

export const size: Reader = { read: parseSize, expected: 'a size such as 10MiB, 500K or 4096 (a plain number: bytes)' };

/** `50` or `50%`. */
export const percent: Reader = {
  read: (value) => parseWhole(value.endsWith('%') ? value.slice(0, -1) : value, 0, 100),
  expected: 'a percentage such as 50%',
};

function time(least: number, expected: string): Reader {
  return {
    read: (value) => {
      const milliseconds = parseDuration(value) ?? -1;
      return milliseconds >= least && milliseconds <= DURATION_MAX ? milliseconds : undefined;
    },
    expected,
  };
}

export function whole(least: number, most: number): Reader {
  return { read: (value) => parseWhole(value, least, most), expected: `a whole number from ${least} to ${most}` };
}

export function choice(...choices: readonly string[]): Reader {
  return {
    read: (value) => (choices.includes(value) ? value : undefined),
    expected: `one of ${choices.join(', ')}`,
    choices,
  };
}
