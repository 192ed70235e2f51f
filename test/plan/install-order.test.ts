import { expect, test } from 'vitest';
import type { Entry } from '../../src/model/entry.js';
import type { Name } from '../../src/model/path.js';
import { conflictName, conflictNames } from '../../src/plan/conflict-name.js';
import { type Coming, inWaves } from '../../src/plan/install-order.js';
import { absent, contentOf, deleted, directory, file, supersedes } from './entries.js';

const [short, longer, longest] = conflictNames('a.txt' as Name, contentOf('loser')) as [Name, Name, Name];
const other = file('other', 'A1', { name: short });
const copy = file('loser', 'A1', { name: short });
const loser = file('loser', 'A1', { name: 'a.txt' as Name });
const winner = coming(loser, file('winner', 'B1', { name: 'a.txt' as Name }));

function coming(mine: Entry | undefined, target: Entry): Coming {
  return { mine, target };
}

function wavesOf(...items: Coming[]): Name[][] {
  return inWaves(items, (item) => item).map((wave) => wave.map(({ target }) => target.name));
}

test('what comes to the name of a conflict copy precedes losers that would not find that name as the plan has it', () => {
  const before = (mine: Entry | undefined, target: Entry) => wavesOf(winner, coming(mine, target));
  const first = [[short], ['a.txt']];
  expect(before(other, copy), 'the copy takes a longer name').toEqual(first);
  expect(before(deleted('A1', { name: short }), copy), 'it comes back over the tombstones of all').toEqual(first);
  for (const free of [undefined, absent('A1', { name: short })])
    expect(before(free, other), 'the name is taken').toEqual(first);
  expect(before(copy, other), 'the copy was edited').toEqual(first);
});

test('a copy that is new here is made by the loser, and nothing else has to be first', () => {
  const once = (mine: Entry | undefined, target: Entry) =>
    expect(wavesOf(winner, coming(mine, target))).toEqual([['a.txt', target.name]]);
  for (const free of [undefined, absent('A1', { name: short })]) once(free, copy);
  once(copy, { ...copy, mtime: 99 });
  once(copy, deleted('A2', { name: short }));
  once(undefined, file('any', 'A1'));
});

test('of the names of conflict copies, the one where another loser may go comes first', () => {
  const leaves = coming(copy, other);
  const takes = coming(file('mine', 'B1', { name: longer }), { ...copy, name: longer });
  const elsewhere = coming(undefined, file('else', 'C1', { name: conflictName('a.txt' as Name, contentOf('x')) }));
  for (const items of [
    [leaves, takes, winner],
    [winner, takes, leaves],
  ]) {
    expect(wavesOf(...items)).toEqual([[longer], [short], ['a.txt']]);
  }
  expect(wavesOf(leaves, takes, elsewhere)[0]).toEqual([longer, elsewhere.target.name]);
});

test('a loser waits for every name where it may go', () => {
  const taken = coming(undefined, file('third', 'C1', { name: longer }));
  const takenToo = coming(undefined, file('fourth', 'D1', { name: longest }));
  const both = [coming(file('third', 'C1', { name: longest }), { ...copy, name: longest }), taken];
  expect(wavesOf(coming(copy, other), taken, takenToo, winner)).toEqual([[longer, longest], [short], ['a.txt']]);
  expect(wavesOf(coming(copy, other), ...both, winner)).toEqual([[longest, longer], [short], ['a.txt']]);
});

test('directories come first, unless they displace what must find a name', () => {
  const made = coming(undefined, directory('A1', { name: 'd' as Name }));
  const displacing = coming(loser, directory('A1', { name: 'a.txt' as Name }));
  const restored = coming(deleted('A1', { name: 'e' as Name }), directory('B1', { name: 'e' as Name }));
  const taken = coming(undefined, other);
  expect(wavesOf(displacing, made, restored)).toEqual([['a.txt', 'd', 'e']]);
  expect(wavesOf(displacing, made, taken, restored)).toEqual([['d', 'e', short], ['a.txt']]);
});

test('in a circle one goes first, and the others wait for it', () => {
  const [a] = conflictNames('a.txt' as Name, contentOf('one')) as [Name];
  const [b] = conflictNames('a.txt' as Name, contentOf('two')) as [Name];
  const swapped = [
    coming(file('two', 'A1', { name: a }), file('one', 'B1', { name: a })),
    coming(file('one', 'A1', { name: b }), file('two', 'B1', { name: b })),
  ];
  expect(wavesOf(...swapped, winner)).toEqual([[a], [b], ['a.txt']]);
  const twice = [coming(copy, other), coming({ ...copy, name: longer }, { ...other, name: longer })];
  expect(wavesOf(...twice)).toEqual([[short], [longer], []]);
});

test('what is superseded needs no place, so it waits for none', () => {
  const edited = file('edited', 'A2', { name: longer, lineage: supersedes('loser') });
  expect(wavesOf(coming(undefined, other), coming({ ...copy, name: longer }, edited), winner)[0]).toEqual([
    short,
    longer,
  ]);
  const unseen = { ...edited, vector: [] };
  expect(wavesOf(coming(undefined, other), coming({ ...copy, name: longer }, unseen), winner)[1]).toEqual([longer]);
});
