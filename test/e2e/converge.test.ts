/** Machines converge: the built program as real processes over loopback. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { listening, makeGroup, snapshot, writeTree } from './group.js';

describe('three machines', () => {
  test('hold the union after one run, the file of one peer reaching the other peer too', async () => {
    const { machines } = await makeGroup(
      { 'here.txt': 'here', 'sub/deep/x': 'x', 'empty/': '' },
      { 'two.txt': 'only on two' },
      { 'three.txt': 'only on three' },
    );
    const [one, two, three] = machines;
    if (!one || !two || !three) throw new Error('expected three machines');
    fs.symlinkSync('here.txt', path.join(one.folder, 'link'));
    fs.chmodSync(path.join(one.folder, 'here.txt'), 0o640);
    fs.utimesSync(path.join(two.folder, 'two.txt'), 1_600_000_000.123456, 1_600_000_000.123456);
    const ports = [(await listening(two)).port, (await listening(three)).port];

    const { summary } = await one.once({ ports });

    expect(summary).toMatchObject({ converged: true, conflicts: 0, problems: 0 });
    expect(snapshot(two.folder)).toEqual(snapshot(one.folder));
    expect(snapshot(three.folder)).toEqual(snapshot(one.folder));
    expect(Object.keys(snapshot(one.folder))).toEqual(
      ['empty', 'here.txt', 'link', 'sub', 'sub/deep', 'sub/deep/x', 'three.txt', 'two.txt'].sort(),
    );
  });

  test('pass on a file whose time is another on one peer, to the one that lacks it', async () => {
    const content = randomBytes(20_000_000);
    const { machines } = await makeGroup({ f: content }, { f: content }, {});
    const [one, two, three] = machines;
    if (!one || !two || !three) throw new Error('expected three machines');
    fs.utimesSync(path.join(one.folder, 'f'), 1_600_000_000, 1_600_000_000);
    const ports = [(await listening(two)).port, (await listening(three)).port];

    const { summary } = await one.once({ ports });

    expect(summary).toMatchObject({ converged: true, metadata: 1, problems: 0 });
    expect(snapshot(three.folder)).toEqual(snapshot(one.folder));
  });

  test('write nothing, move no content and read no file in a second run', async () => {
    const { machines } = await makeGroup({ a: 'a', 'd/b': 'b' }, { c: 'c' });
    const [one, two] = machines;
    if (!one || !two) throw new Error('expected two machines');
    const ports = [(await listening(two)).port];
    await one.once({ ports });
    const before = machines.map(({ folder }) => changeTimes(folder));

    const second = await one.once({ ports });

    expect(second.events.filter(({ type }) => type === 'change' || type === 'problem')).toEqual([]);
    expect(second.summary).toMatchObject({ converged: true, literalBytes: 0, matchedBytes: 0, reusedBytes: 0 });
    expect(Number(second.summary?.wireSent) + Number(second.summary?.wireReceived)).toBeLessThan(2_000);
    expect(machines.map(({ folder }) => changeTimes(folder))).toEqual(before);
  });

  test('keep both versions of a file that two have edited, under the same names everywhere', async () => {
    const { machines } = await makeGroup({ 'note.txt': 'base' }, {}, {});
    const [one, two, three] = machines;
    if (!one || !two || !three) throw new Error('expected three machines');
    const ports = [(await listening(two)).port, (await listening(three)).port];
    await one.once({ ports });
    writeTree(one.folder, { 'note.txt': 'edited on one' });
    writeTree(two.folder, { 'note.txt': 'edited on two' });

    const { summary } = await one.once({ ports });

    expect(summary).toMatchObject({ converged: true, conflicts: 1 });
    const trees = machines.map(({ folder }) => snapshot(folder));
    expect(trees[1]).toEqual(trees[0]);
    expect(trees[2]).toEqual(trees[0]);
    const texts = Object.keys(trees[0] ?? {}).map((name) => fs.readFileSync(path.join(one.folder, name), 'utf8'));
    expect(texts.sort()).toEqual(['edited on one', 'edited on two']);
    expect(Object.keys(trees[0] ?? {})).toContainEqual(expect.stringMatching(/^note\.conflict-[0-9a-f]{10}\.txt$/));
  });

  test('move no content for a rename, and only the edit of a large file', async () => {
    const large = randomBytes(3_000_000);
    const { machines } = await makeGroup({ large, 'old-name': randomBytes(500_000) }, {});
    const [one, two] = machines;
    if (!one || !two) throw new Error('expected two machines');
    const ports = [(await listening(two)).port];
    await one.once({ ports });
    fs.renameSync(path.join(one.folder, 'old-name'), path.join(one.folder, 'new-name'));
    writeTree(one.folder, { large: Buffer.concat([large.subarray(0, 5), Buffer.from('inserted'), large.subarray(5)]) });

    const { summary } = await one.once({ ports });

    expect(summary).toMatchObject({ converged: true, reusedBytes: 1_000_000 });
    expect(Number(summary?.literalBytes)).toBeLessThan(2_000);
    expect(Number(summary?.wireSent) + Number(summary?.wireReceived)).toBeLessThan(20_000);
    expect(snapshot(two.folder)).toEqual(snapshot(one.folder));
  });

  test('bring back what one has removed, unless deletes are asked for and allowed', async () => {
    const { machines } = await makeGroup({ keep: 'k', 'd/gone': 'g' }, {});
    const [one, two] = machines;
    if (!one || !two) throw new Error('expected two machines');
    const listener = await listening(two);
    await one.once({ ports: [listener.port] });
    fs.rmSync(path.join(one.folder, 'd'), { recursive: true });
    const union = await one.once({ ports: [listener.port] });
    expect(union.summary).toMatchObject({ converged: true, restored: 2 });
    expect(snapshot(one.folder)).toEqual(snapshot(two.folder));
    expect(fs.readFileSync(path.join(one.folder, 'd/gone'), 'utf8')).toBe('g');

    await listener.stop();
    const consenting = await listening(two, '--allow-delete');
    fs.rmSync(path.join(one.folder, 'd'), { recursive: true });
    const deleting = await one.once({ ports: [consenting.port], options: ['--delete'] });
    expect(deleting.summary).toMatchObject({ converged: true, deleted: 2 });
    expect(Object.keys(snapshot(two.folder))).toEqual(['keep']);
    const trash = path.join(two.folder, '.p2psync/trash');
    const [run] = fs.readdirSync(trash);
    expect(fs.readFileSync(path.join(trash, String(run), 'd/gone'), 'utf8')).toBe('g');
  });

  test('are told apart by check, which changes nothing', async () => {
    const { machines } = await makeGroup({ a: 'a', b: 'b' }, { c: 'c' });
    const [one, two] = machines;
    if (!one || !two) throw new Error('expected two machines');
    const ports = [(await listening(two)).port];
    const differs = await one.check({ ports, accept: [1] });
    const told = differs.events.filter(({ type }) => type === 'difference').map(({ path: name }) => name);
    expect(told).toEqual(['a', 'b', 'c']);
    expect(Object.keys(snapshot(two.folder))).toEqual(['c']);
    await one.once({ ports });
    expect((await one.check({ ports })).summary).toMatchObject({ converged: true });
  });
});

/** ctime of every path: moves with any write, also of metadata. */
function changeTimes(folder: string): Record<string, bigint> {
  const names = fs.readdirSync(folder, { recursive: true }) as string[];
  return Object.fromEntries(
    names.map((name) => [name, fs.lstatSync(path.join(folder, name), { bigint: true }).ctimeNs]),
  );
}
