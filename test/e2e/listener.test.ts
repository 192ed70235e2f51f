/** One listener among others: ports, several folders and groups, several sessions, rules of its own. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Machine, makeMachine } from '../../scripts/machine.mjs';
import { at, endOfAll, freshPort, openGroup, snapshot, startListening, writeTree } from './group.js';
import { ANY, messagesOf, problemsOf } from './said.js';

describe('a listener', () => {
  const atEnd = endOfAll();
  let directory: string;
  let invite: string;
  let one: Machine;
  let two: Machine;
  let three: Machine;

  beforeAll(async () => {
    const group = await openGroup(atEnd, [{ one: '1' }, { two: '2' }, { three: '3' }]);
    ({ directory, invite } = group);
    [one, two, three] = [at(group.machines, 0), at(group.machines, 1), at(group.machines, 2)];
  });

  test('takes the next port when another one has its own, says which, and answers there', async () => {
    const port = freshPort();
    freshPort();
    const first = await two.listen({ port });
    const second = await three.listen({ port });
    atEnd(async () => void (await Promise.all([first.stop(), second.stop()])));
    expect([first.port, second.port]).toEqual([port, port + 1]);
    // Asked by broadcast at the one port, both answer: the second shares it for discovery.
    const args = ['once', one.folder, '--interface', '127.0.0.1', '--port', String(port), '--min-peers', '2', '--json'];
    const { stdout } = await one.run(args);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ exit: 0, converged: true });
    expect(snapshot(three.folder)).toEqual(snapshot(two.folder));
    await Promise.all([first.stop(), second.stop()]);
  });

  test('serves two folders of one group and one of another, each with its own', async () => {
    const twin = path.join(directory, 'twin');
    const foreign = path.join(directory, 'foreign');
    writeTree(twin, { twin: 't' });
    writeTree(foreign, { foreign: 'f' });
    await two.run(['join', twin], { input: invite });
    const other = (await two.run(['init', foreign])).stdout.trim();
    const stranger = makeMachine({
      name: 'stranger',
      folder: path.join(directory, 'stranger'),
      home: path.join(directory, 'stranger-home'),
    });
    await stranger.join(other);
    const listener = await startListening(atEnd, two, twin, foreign);

    const run = await one.once({ ports: [listener.port], options: ['--min-peers', '2'] });
    expect(run.summary).toMatchObject({ exit: 0, converged: true });
    expect(fs.readFileSync(path.join(two.folder, 'twin'), 'utf8')).toBe('t');
    expect(snapshot(twin)).toEqual(snapshot(one.folder));
    expect(fs.existsSync(path.join(one.folder, 'foreign'))).toBe(false);
    await stranger.once({ ports: [listener.port] });
    expect(Object.keys(snapshot(stranger.folder))).toEqual(['foreign']);
    expect(Object.keys(snapshot(foreign))).toEqual(['foreign']);
    await listener.stop();
    await two.run(['leave', twin]);
    await two.run(['leave', foreign]);
  });

  test('serves two sessions at once, and tells of each', async () => {
    const listener = await startListening(atEnd, two);
    writeTree(one.folder, { 'from-one': randomBytes(300_000) });
    writeTree(three.folder, { 'from-three': randomBytes(300_000) });
    const slow = ['--bwlimit', '300KiB'];
    const runs = await Promise.all([one, three].map((each) => each.once({ ports: [listener.port], options: slow })));
    expect(runs.map(({ status }) => status)).toEqual([0, 0]);
    expect(Object.keys(snapshot(two.folder))).toEqual(expect.arrayContaining(['from-one', 'from-three']));
    expect((await one.once({ ports: [listener.port] })).summary).toMatchObject({ converged: true });
    expect((await three.once({ ports: [listener.port] })).summary).toMatchObject({ converged: true });
    expect(snapshot(three.folder)).toEqual(snapshot(one.folder));
    const sessions = listener.events.filter(({ type }) => type === 'session');
    expect(sessions.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done', 'done']);
  });

  test('that is read-only gives all it has and takes nothing: 23, and one problem', async () => {
    const listener = await startListening(atEnd, two, '--read-only');
    const files = Array.from({ length: 60 }, (_, i) => [`given/${i}/file`, `file ${i}`]);
    writeTree(two.folder, Object.fromEntries(files));
    writeTree(one.folder, { kept: 'kept', 'a/before': 'told before anything is fetched' });
    const before = snapshot(two.folder);
    const run = await one.once({ ports: [listener.port], accept: [23] });
    expect(problemsOf(run)).toEqual(['refused ']);
    expect(messagesOf(run)).toContain('--read-only');
    expect(Object.keys(snapshot(one.folder))).toEqual(expect.arrayContaining(Object.keys(before)));
    expect(snapshot(two.folder)).toEqual(before);
    for (const name of ['kept', 'a']) fs.rmSync(path.join(one.folder, name), { recursive: true });
    expect((await one.once({ ports: [listener.port] })).status).toBe(0);
  });

  test('without --allow-delete keeps what an initiator deletes, and both stay equal', async () => {
    const listener = await startListening(atEnd, two);
    fs.rmSync(path.join(one.folder, 'given'), { recursive: true });
    await one.once({ ports: [listener.port], options: ['--delete'], accept: ANY });
    expect(fs.readFileSync(path.join(two.folder, 'given/7/file'), 'utf8')).toBe('file 7');
    await one.once({ ports: [listener.port] });
    expect(snapshot(one.folder)).toEqual(snapshot(two.folder));
  });

  test('binds the interface it is told, and refuses one that is not there', async () => {
    const { stderr } = await two.run(['listen', two.folder, '--interface', 'nonexistent0'], { accept: [2] });
    expect(stderr).toContain('nonexistent0');
    expect(stderr).toContain('lo (127.0.0.1)');
  });
});
