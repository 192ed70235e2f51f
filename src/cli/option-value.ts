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

export const duration: Reader = {
  read: parseDuration,
  expected: 'a time such as 3s, 250ms, 1.5m or 2h (a plain number: seconds)',
};

export const size: Reader = { read: parseSize, expected: 'a size such as 10MiB, 500K or 4096 (a plain number: bytes)' };

/** `50` or `50%`. */
export const percent: Reader = {
  read: (value) => parseWhole(value.endsWith('%') ? value.slice(0, -1) : value, 0, 100),
  expected: 'a percentage such as 50%',
};

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
