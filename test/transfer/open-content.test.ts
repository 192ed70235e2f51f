/** Contents are opened by what is recorded of them, and that is not looked up for each file anew. */
import { expect, test } from 'vitest';
import { digestOf } from '../../src/model/digest.js';
import type { RelPath } from '../../src/model/path.js';
import { ContentOpener } from '../../src/transfer/open-content.js';
import { countLookups, makeReplica } from './replica-fixture.js';

const digest = (text: string) => digestOf(Buffer.from(text));

/** The replica of a folder, and how often a directory was looked up in its state. */
async function counted(tree: Parameters<typeof makeReplica>[0]) {
  const { folder, replica } = await makeReplica(tree);
  const lookups = countLookups(replica.state);
  const opener = new ContentOpener(replica);
  const open = (path: string, content: string): boolean => {
    const found = opener.open(path as RelPath, digest(content));
    found?.close();
    return found !== undefined;
  };
  return { folder, open, lookups };
}

test('a directory is looked up once, although files of several are wanted by turns', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `f${i}`);
  const directory = (of: string) => Object.fromEntries(names.map((name) => [name, `${of} ${name}`]));
  const { open, lookups } = await counted({ a: directory('a'), b: directory('b'), c: directory('c') });
  for (const name of names) for (const of of ['a', 'b', 'c']) expect(open(`${of}/${name}`, `${of} ${name}`)).toBe(true);
  expect(lookups()).toBe(3);
});

test('what has changed since is opened as it is now, and what is gone is not', async () => {
  const { folder, open } = await counted({ d: { a: 'old', b: 'stays' } });
  expect(open('d/a', 'old')).toBe(true);
  folder.write({ d: { a: 'new' } });
  await folder.rescan();
  expect(open('d/a', 'old')).toBe(false);
  expect(open('d/a', 'new')).toBe(true);
  expect(open('d/b', 'stays')).toBe(true);
  expect(open('nowhere/b', 'stays')).toBe(false);
});

test('not all directories of a large tree are held', async () => {
  const wide = (of: string) => Object.fromEntries(Array.from({ length: 1_500 }, (_, i) => [`f${i}`, `${of} ${i}`]));
  const { open, lookups } = await counted({ a: wide('a'), b: wide('b'), c: wide('c') });
  for (const of of ['a', 'b', 'c', 'c', 'b', 'a']) expect(open(`${of}/f7`, `${of} 7`)).toBe(true);
  expect(lookups()).toBe(4);
});
