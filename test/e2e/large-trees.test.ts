/** Trees that are large enough for threads to read and install them, and deep ones. */
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { at, makeGroup, snapshot, startListening } from './group.js';

/** More than are read or installed without a thread. */
const FILES = 1300;
const DEEP = Array.from({ length: 100 }, (_, level) => `d${level}`).join('/');

function treeOf(owner: string): Record<string, string> {
  const files = Array.from({ length: FILES }, (_, n) => [
    `${owner}/${n % 7}/file ${n}`,
    `${owner} ${n} `.repeat(n % 90),
  ]);
  return Object.fromEntries(files);
}

test('more than a thousand small files, and a path a hundred levels deep; then one digest is compared', async () => {
  const { machines } = await makeGroup({ [`${DEEP}/leaf`]: 'deep down' }, treeOf('theirs'));
  const [one, two] = [at(machines, 0), at(machines, 1)];
  const { port } = await startListening(onTestFinished, two);
  const first = await one.once({ ports: [port] });
  expect(first.summary).toMatchObject({ exit: 0, converged: true, problems: 0 });
  const tree = snapshot(one.folder);
  expect(tree).toEqual(snapshot(two.folder));
  expect(Object.keys(tree)).toContain(path.join(DEEP, 'leaf'));
  const second = await one.once({ ports: [port] });
  expect(second.summary).toMatchObject({ exit: 0, converged: true, created: 0, updated: 0, literalBytes: 0 });
  expect(second.summary?.wireReceived).toBeLessThan(1500);
});
