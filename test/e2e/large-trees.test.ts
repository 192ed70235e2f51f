/** Trees that are large enough for threads to read and install them, and deep ones. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { at, makeGroup, openGroup, snapshot, startListening } from './group.js';

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

test('removing many files, directories and all, takes no pause for each of them', async () => {
  const { machines } = await makeGroup(treeOf('kept'), treeOf('a/b'));
  const [one, two] = [at(machines, 0), at(machines, 1)];
  const { port } = await startListening(onTestFinished, two, '--allow-delete');
  expect((await one.once({ ports: [port] })).summary).toMatchObject({ exit: 0, converged: true });
  for (const name of ['0', '1', '2', '3', '4']) fs.rmSync(path.join(two.folder, 'a/b', name), { recursive: true });
  const { summary, events, seconds } = await one.once({ ports: [port], options: ['--delete'] });
  expect(summary).toMatchObject({ exit: 0, converged: true, problems: 0 });
  expect(events.filter(({ type, action }) => type === 'change' && action === 'delete').length).toBeGreaterThan(900);
  expect(snapshot(one.folder)).toEqual(snapshot(two.folder));
  expect(fs.readdirSync(path.join(one.folder, 'a/b'))).toEqual(['5', '6']);
  expect(seconds).toBeLessThan(8); // a hundredth of a second for each was 10 and more
});

test('a directory of more files than a process may have open arrives whole, comes back, is edited and renamed', async () => {
  const files = (content: string) =>
    Object.fromEntries(Array.from({ length: 1_300 }, (_, n) => [`wide/${n}`, n % 5 === 0 ? `${content} ${n}` : '']));
  const { machines } = await openGroup(onTestFinished, [{}, files('first')], ['prlimit', '--nofile=1024:1024']);
  const [one, two] = [at(machines, 0), at(machines, 1)];
  const { port } = await startListening(onTestFinished, two);
  const run = async () => {
    const { summary } = await one.once({ ports: [port] });
    expect(summary).toMatchObject({ exit: 0, converged: true, problems: 0 });
    expect(snapshot(one.folder)).toEqual(snapshot(two.folder));
    return summary;
  };
  expect(await run()).toMatchObject({ created: 1_301 });
  fs.rmSync(path.join(one.folder, 'wide'), { recursive: true });
  expect(await run()).toMatchObject({ restored: 1_301 });
  for (let n = 0; n < 1_300; n++) fs.writeFileSync(path.join(two.folder, `wide/${n}`), `edited ${n}`);
  expect(await run()).toMatchObject({ updated: 1_300 });
  fs.renameSync(path.join(two.folder, 'wide'), path.join(two.folder, 'renamed'));
  expect(await run()).toMatchObject({ created: 1_301, restored: 1_301 });
});
