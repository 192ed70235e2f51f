import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Digest, digestOf } from '../../src/model/digest.js';
import type { LocalEntry } from '../../src/model/entry.js';
import { type Name, parentOf, type RelPath, ROOT } from '../../src/model/path.js';
import { SyncError } from '../../src/model/sync-error.js';
import { conflictName, conflictNames } from '../../src/plan/conflict-name.js';
import { ContentOpener } from '../../src/transfer/open-content.js';
import { findEntry } from '../../src/tree/edit-directory.js';
import { pull } from './pull.js';
import { makeReplica, type TestReplica } from './replica-fixture.js';

function read({ folder }: TestReplica, path: string): string {
  return fs.readFileSync(folder.at(path), 'latin1');
}

/** What a crash between the copy's name and the replacement leaves. */
function secondName({ folder, replica }: TestReplica, name: string): { name: RelPath; digest: Digest } {
  const entry = findEntry(replica.state.directory(ROOT) ?? [], name as Name);
  if (entry === undefined) throw new Error(`expected ${name} in the state`);
  const copy = conflictName(entry.name, entry.digest) as string as RelPath;
  fs.linkSync(folder.at(name), folder.at(copy));
  return { name: copy, digest: entry.digest };
}

/** From now on every file was last changed in this tick of a thousand seconds, as on a disk that stores no finer times. */
function coarseTimes(): void {
  const coarse = <S>(stats: S): S => {
    if (stats instanceof fs.Stats) {
      for (const key of ['mtimeMs', 'ctimeMs'] as const) stats[key] -= stats[key] % 1e6;
    } else if (stats !== undefined) {
      const fine = stats as unknown as fs.BigIntStats;
      for (const key of ['mtimeNs', 'ctimeNs'] as const) fine[key] -= fine[key] % 1_000_000_000_000n;
    }
    return stats;
  };
  const { lstatSync, fstatSync } = fs;
  const spies = [
    vi
      .spyOn(fs, 'lstatSync')
      .mockImplementation(((...args: Parameters<typeof lstatSync>) => coarse(lstatSync(...args))) as typeof lstatSync),
    vi
      .spyOn(fs, 'fstatSync')
      .mockImplementation(((...args: Parameters<typeof fstatSync>) => coarse(fstatSync(...args))) as typeof fstatSync),
  ];
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
  });
}

describe('the installer', () => {
  test('installs files of every size, links and directories, and records what the next scan finds unchanged', async () => {
    const sender = await makeReplica({
      small: 's',
      none: '',
      large: randomBytes(700_000),
      d: { e: { f: 'deep' }, empty: {} },
    });
    fs.symlinkSync('small', sender.folder.at('link'));
    fs.chmodSync(sender.folder.at('d'), 0o555);
    await sender.folder.rescan();
    const receiver = await makeReplica();

    const { problems } = await pull(receiver, sender);

    expect(problems).toEqual([]);
    const again = await receiver.folder.rescan();
    expect(again).toMatchObject({ hashedFiles: 0, changed: 0 });
    expect(receiver.folder.state.settle()).toEqual(sender.folder.state.settle());
  });

  test('what is edited in the second of its installation is seen, where the disk stores no finer times', async () => {
    coarseTimes();
    const sender = await makeReplica({ old: 'one' });
    const receiver = await makeReplica();
    await pull(receiver, sender);
    expect(await receiver.folder.rescan()).toMatchObject({ hashedFiles: 1, changed: 0 });
    expect(await receiver.folder.rescan()).toMatchObject({ hashedFiles: 0, changed: 0 });

    sender.folder.write({ old: 'sender', new: 'sender' });
    await sender.folder.rescan();
    expect(await pull(receiver, sender)).toMatchObject({ changes: ['create new', 'update old'], problems: [] });
    receiver.folder.write({ old: 'edited', new: 'edited' });
    expect(await receiver.folder.rescan()).toMatchObject({ changed: 2 });
    for (const name of ['old', 'new']) {
      expect(receiver.folder.entry(name)?.digest).toBe(digestOf(Buffer.from('edited')));
    }
  });

  test('where nothing can be staged, each new file is a problem, and what needs no stage is done', async () => {
    const sender = await makeReplica({ same: 'same', new: 'new', d: { none: '', deep: 'deep' } });
    const receiver = await makeReplica({ same: 'same' });
    const stage = (): never => {
      throw new SyncError('io', 'cannot open the staging directory: read-only', { problem: 'unwritable' });
    };
    Object.defineProperties(receiver.replica, { stage: { get: stage }, fsync: { value: true } });
    const { changes, problems } = await pull(receiver, sender);
    expect(problems.sort()).toEqual(['unwritable d/deep', 'unwritable d/none', 'unwritable new']);
    expect(changes).toEqual(['create d']);
    expect(receiver.folder.entry('same')?.vector).toHaveLength(2);
  });

  test('refuses a target that has not seen the edit made here, and keeps the edit', async () => {
    const sender = await makeReplica({ f: 'base' });
    const receiver = await makeReplica();
    await pull(receiver, sender);
    receiver.folder.write({ f: 'edited here' });
    await receiver.folder.rescan();
    const { changes } = await pull(receiver, sender);
    expect(changes).toEqual([]);
    expect(read(receiver, 'f')).toBe('edited here');
  });

  test('keeps an edit that came after the scan, and says so', async () => {
    const sender = await makeReplica({ f: 'base' });
    const receiver = await makeReplica();
    await pull(receiver, sender);
    sender.folder.write({ f: 'edited there' });
    await sender.folder.rescan();
    receiver.folder.write({ f: 'edited here, not scanned' });
    const { problems } = await pull(receiver, sender);
    expect(problems).toEqual(['changed f']);
    expect(read(receiver, 'f')).toBe('edited here, not scanned');
  });

  test('does not overwrite a file that appeared where nothing was recorded', async () => {
    const sender = await makeReplica({ f: 'theirs' });
    const receiver = await makeReplica();
    receiver.folder.write({ f: 'mine, not scanned' });
    const { problems } = await pull(receiver, sender);
    expect(problems).toEqual(['changed f']);
    expect(read(receiver, 'f')).toBe('mine, not scanned');
  });

  test('makes the conflict copy of what it has before it takes the winner', async () => {
    const sender = await makeReplica();
    sender.folder.write({ f: 'theirs' });
    fs.utimesSync(sender.folder.at('f'), 2_000_000_000, 2_000_000_000);
    await sender.folder.rescan();
    const receiver = await makeReplica({ f: 'mine' });
    const { changes, problems } = await pull(receiver, sender);
    expect(problems).toEqual([]);
    expect(changes).toEqual([expect.stringMatching(/^conflict f\.conflict-[0-9a-f]{10}$/), 'update f']);
    expect(read(receiver, 'f')).toBe('theirs');
    expect(read(receiver, String(changes[0]).slice('conflict '.length))).toBe('mine');
    expect(await receiver.folder.rescan()).toMatchObject({ hashedFiles: 0, changed: 0 });
  });

  test('serves a conflict copy whose original it has just replaced, after a crash between the two', async () => {
    const sender = await makeReplica();
    sender.folder.write({ f: 'theirs', d: { inside: 'x' } });
    fs.utimesSync(sender.folder.at('f'), 2_000_000_000, 2_000_000_000);
    await sender.folder.rescan();
    const receiver = await makeReplica({ f: 'mine', d: 'a file' });
    const copies = ['f', 'd'].map((name) => secondName(receiver, name));
    await receiver.folder.rescan();

    expect((await pull(receiver, sender)).problems).toEqual([]);

    expect(read(receiver, 'f')).toBe('theirs');
    const opener = new ContentOpener(receiver.replica);
    const contents = copies.map(({ name, digest }) => opener.open(name, digest));
    expect(contents.map((content) => content?.size)).toEqual([4, 6]);
    for (const content of contents) content?.close();
    expect(await receiver.folder.rescan()).toMatchObject({ hashedFiles: 0, changed: 0 });
  });

  test('makes room for a directory by keeping the file as a conflict copy', async () => {
    const sender = await makeReplica({ n: { inside: 'x' } });
    const receiver = await makeReplica({ n: 'a file' });
    const { problems } = await pull(receiver, sender);
    expect(problems).toEqual([]);
    expect(read(receiver, 'n/inside')).toBe('x');
    const copy = fs.readdirSync(receiver.folder.path).find((name) => name.startsWith('n.conflict-'));
    expect(read(receiver, String(copy))).toBe('a file');
  });

  test('gives a loser no name of its own making when its copy comes to one that holds something else still', async () => {
    const [short, longer, longest] = conflictNames('f' as Name, digestOf(Buffer.from('loser'))) as [Name, Name, Name];
    const receiver = await makeReplica({ [short]: 'loser', [longer]: 'something' });
    const sender = await makeReplica();
    sender.folder.write({ [short]: 'edited', [longer]: 'loser' });
    for (const name of [short, longer]) fs.utimesSync(sender.folder.at(name), 2_000_000_000, 2_000_000_000);
    await sender.folder.rescan();

    expect((await pull(receiver, sender)).problems).toEqual([]);

    expect([read(receiver, short), read(receiver, longer)]).toEqual(['edited', 'loser']);
    expect(read(receiver, conflictName(short, digestOf(Buffer.from('something'))))).toBe('something');
    expect(fs.existsSync(receiver.folder.at(longest))).toBe(false);
  });

  test('keeps what has two names of conflict copies, and loses both', async () => {
    const [short, longer, longest] = conflictNames('f' as Name, digestOf(Buffer.from('loser'))) as [Name, Name, Name];
    const receiver = await makeReplica({ [short]: 'loser', [longer]: 'loser' });
    const sender = await makeReplica();
    sender.folder.write({ [short]: 'one', [longer]: 'two' });
    for (const name of [short, longer]) fs.utimesSync(sender.folder.at(name), 2_000_000_000, 2_000_000_000);
    await sender.folder.rescan();

    expect((await pull(receiver, sender)).problems).toEqual([]);

    expect([short, longer, longest].map((name) => read(receiver, name))).toEqual(['one', 'two', 'loser']);
  });

  test('makes room for a directory when the name of the conflict copy is taken, and then fills it', async () => {
    const [short, longer] = conflictNames('n' as Name, digestOf(Buffer.from('a file'))) as [Name, Name];
    const sender = await makeReplica({ n: { inside: 'x', deep: { er: 'y' } }, [short]: 'something' });
    const receiver = await makeReplica({ n: 'a file' });

    expect((await pull(receiver, sender)).problems).toEqual([]);

    expect([read(receiver, 'n/inside'), read(receiver, 'n/deep/er')]).toEqual(['x', 'y']);
    expect([read(receiver, short), read(receiver, longer)]).toEqual(['something', 'a file']);
  });

  test('goes on below a directory that could not be made late', async () => {
    const [short] = conflictNames('n' as Name, digestOf(Buffer.from('a file'))) as [Name];
    const sender = await makeReplica({ n: { deep: { er: 'y' } }, [short]: 'something' });
    const receiver = await makeReplica({ n: 'a file' });
    receiver.folder.write({ n: 'edited, not scanned' });

    const { problems } = await pull(receiver, sender);

    expect(problems).toEqual(['changed n', 'blocked n/deep', 'blocked n/deep/er']);
    expect([read(receiver, 'n'), read(receiver, short)]).toEqual(['edited, not scanned', 'something']);
  });

  test('fills a directory that it makes, whatever is recorded below its name', async () => {
    const sender = await makeReplica({ d: { x: '1', e: { y: '2' } } });
    const receiver = await makeReplica();
    await pull(receiver, sender);
    fs.rmSync(receiver.folder.at('d'), { recursive: true });
    for (const held of ['d/e', 'd'] as RelPath[]) receiver.folder.root.forget(held);
    receiver.folder.state.update([{ path: '' as RelPath, edit: () => [] }]);
    await pull(receiver, sender);
    expect(read(receiver, 'd/x') + read(receiver, 'd/e/y')).toBe('12');
    expect(await receiver.folder.rescan(true)).toMatchObject({ missing: 0 });
  });

  test('records what was deleted below a directory that it makes, but not below one that cannot come', async () => {
    const sender = await makeReplica({ d: { gone: '1', e: { gone: '2', kept: '3' } } });
    fs.rmSync(sender.folder.at('d/gone'));
    fs.rmSync(sender.folder.at('d/e/gone'));
    await sender.folder.rescan(true);
    const [receiver, other] = [await makeReplica(), await makeReplica({ d: 'a file' })];

    expect((await pull(receiver, sender)).problems).toEqual([]);
    expect(receiver.folder.recorded()).toEqual(sender.folder.recorded());
    const { problems } = await pull(other, sender, { deletes: false, conflict: 'fail' });
    expect(problems).toEqual(['refused d', 'blocked d/e', 'blocked d/e/kept']);
    expect(other.folder.recorded()).toEqual(['d file', 'd/gone deleted']);
    expect(other.folder.state.directory('d/e' as RelPath) ?? []).toEqual([]);
  });

  test('copies a renamed file and fetches shared content once', async () => {
    const content = randomBytes(300_000);
    const sender = await makeReplica({ old: content });
    const receiver = await makeReplica();
    await pull(receiver, sender);
    fs.renameSync(sender.folder.at('old'), sender.folder.at('new'));
    const twice = randomBytes(400_000);
    sender.folder.write({ one: twice, two: twice });
    await sender.folder.rescan();
    const { counts } = await pull(receiver, sender);
    const total = (field: 'literalBytes' | 'reusedBytes') => counts.reduce((sum, change) => sum + change[field], 0);
    expect(total('literalBytes')).toBe(400_000);
    expect(total('reusedBytes')).toBe(700_000);
  });

  test('sends only the difference of a large file that it has an older version of', async () => {
    const content = randomBytes(2_000_000);
    const sender = await makeReplica({ f: content });
    const receiver = await makeReplica();
    await pull(receiver, sender);
    sender.folder.write({ f: Buffer.concat([Buffer.from('new start'), content]) });
    await sender.folder.rescan();
    const { counts, problems } = await pull(receiver, sender);
    expect(problems).toEqual([]);
    expect(counts[0]?.literalBytes).toBeLessThan(2_000);
    expect(counts[0]?.matchedBytes).toBeGreaterThan(1_998_000);
    expect(receiver.folder.entry('f')?.digest).toBe(sender.folder.entry('f')?.digest);
  });

  test('goes on with the other files when one content is gone or does not match its digest', async () => {
    const sender = await makeReplica({ bad: 'declared', gone: 'g', good: 'good' });
    fs.rmSync(sender.folder.at('gone'));
    const receiver = await makeReplica();
    lie(sender, 'bad', 'delivere');
    const { problems } = await pull(receiver, sender);
    expect(problems.sort()).toEqual(['corrupt bad', 'unavailable gone']);
    expect(fs.readdirSync(receiver.folder.path).sort()).toEqual(['.p2psync', 'good']);
    expect(
      fs
        .readdirSync(receiver.folder.at('.p2psync/stage'))
        .flatMap((own) => fs.readdirSync(receiver.folder.at(`.p2psync/stage/${own}`))),
    ).toEqual([]);
  });
});

/** The sender's disk no longer holds what its record promises, though its stat says so. */
function lie({ folder }: TestReplica, path: string, content: string): void {
  fs.writeFileSync(folder.at(path), content);
  const { dev, ino, size, mtimeMs, ctimeMs } = fs.lstatSync(folder.at(path));
  const edit = (entry: LocalEntry): LocalEntry =>
    entry.name === path ? { ...entry, stat: { dev, ino, size, mtimeMs, ctimeMs } } : entry;
  folder.state.update([{ path: parentOf(path as RelPath), edit: (current) => (current ?? []).map(edit) }]);
}
