import { expect, test } from 'vitest';
import { isTooMuch } from '../../src/plan/delete-limit.js';

test.each([
  [0, 100, 50, false, 'nothing goes'],
  [50, 100, 50, false, 'just as much as the limit'],
  [51, 100, 50, true, 'one more'],
  [10, 12, 50, false, 'ten are few'],
  [11, 12, 50, true, 'eleven are not'],
  [3, 3, 50, true, 'few, but all there is'],
  [1, 1, 99, true, 'the only one'],
  [3, 3, 100, false, 'all, and that is allowed'],
  [11, 1000, 0, true, 'a limit of nothing'],
  [10, 1000, 0, false, 'a few go even then'],
] as [number, number, number, boolean, string][])(
  '%i of %i with a limit of %i %%: %s (%s)',
  (removed, entries, percent, expected, _why) => {
    expect(isTooMuch(removed, entries, percent)).toBe(expected);
  },
);
