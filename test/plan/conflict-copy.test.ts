import { expect, test } from 'vitest';
import type { Name } from '../../src/model/path.js';
import { precedesLosers } from '../../src/plan/conflict-copy.js';
import { conflictName } from '../../src/plan/conflict-name.js';
import { absent, contentOf, deleted, file } from './entries.js';

const name = conflictName('a.txt' as Name, contentOf('loser'));
const copy = file('loser', 'A1', { name });
const other = file('other', 'A1', { name });

test('what comes to the name of a conflict copy precedes losers that would not find that name as the plan has it', () => {
  expect(precedesLosers(other, copy), 'the copy takes a longer name').toBe(true);
  expect(precedesLosers(deleted('A1', { name }), copy), 'it comes back over the tombstones of all').toBe(true);
  for (const free of [undefined, absent('A1', { name })])
    expect(precedesLosers(free, other), 'the name is taken').toBe(true);
  expect(precedesLosers(copy, other), 'the copy was edited').toBe(true);
});

test('a copy that is new here is made by the loser, and nothing else has to be first', () => {
  for (const free of [undefined, absent('A1', { name })]) expect(precedesLosers(free, copy)).toBe(false);
  expect(precedesLosers(copy, { ...copy, mtime: 99 })).toBe(false);
  expect(precedesLosers(copy, deleted('A2', { name }))).toBe(false);
  expect(precedesLosers(undefined, file('any', 'A1'))).toBe(false);
});
