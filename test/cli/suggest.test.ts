import { expect, it } from 'vitest';
import { didYouMean, nearest } from '../../src/cli/suggest.js';

const COMMANDS = ['init', 'join', 'invite', 'once', 'listen', 'check', 'status', 'leave', 'rotate'];

it.each([
  ['onec', 'once'],
  ['chek', 'check'],
  ['lisetn', 'listen'],
  ['statsu', 'status'],
  ['inivte', 'invite'],
  ['stat', 'status'],
])('suggests for %s the command %s', (typed, meant) => {
  expect(nearest(typed, COMMANDS)).toBe(meant);
});

it.each(['frobnicate', 'x', '', 'synchronise'])('suggests nothing for %j, because nothing is near', (typed) => {
  expect(nearest(typed, COMMANDS)).toBeUndefined();
});

it('puts the suggestion into words, or says nothing', () => {
  expect(didYouMean('onec', COMMANDS)).toBe(' Did you mean `once`?');
  expect(didYouMean('zzz', COMMANDS)).toBe('');
});
