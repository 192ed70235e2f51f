/** Classic accidents of synchronisers that need a whole machine to happen (docs/SEMANTICS.md, "Twelve accidents"). */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Machine, makeMachine } from '../../scripts/machine.mjs';
import { at, endOfAll, openGroup, snapshot, startListening, writeTree } from './group.js';
import { messagesOf } from './said.js';

const DAYS_366 = 366 * 86_400_000;

describe('an accident', () => {
  const atEnd = endOfAll();
  let directory: string;
  let one: Machine;
  let two: Machine;
  let ports: number[];

  beforeAll(async () => {
    const group = await openGroup(atEnd, [{ 'a.txt': 'a', 'd/x': 'x' }, {}]);
    directory = group.directory;
    [one, two] = [at(group.machines, 0), at(group.machines, 1)];
    ports = [(await startListening(atEnd, two)).port];
    await one.once({ ports });
  });

  /** The first machine, its program started in another environment. */
  const oneWith = (...variables: string[]): Machine =>
    makeMachine({
      name: one.name,
      folder: one.folder,
      home: path.join(directory, `${one.name}-home`),
      enter: ['env', ...variables],
    });
  const text = (machine: Machine, name: string): string => fs.readFileSync(path.join(machine.folder, name), 'utf8');

  test('a clock wrong by a year: it is told, and both versions of a file survive', async () => {
    const future = oneWith(
      `NODE_OPTIONS=--import=data:text/javascript,const%20now=Date.now;Date.now=()=>now()+${DAYS_366}`,
    );
    writeTree(one.folder, { 'a.txt': 'of the wrong clock' });
    fs.utimesSync(path.join(one.folder, 'a.txt'), new Date(), new Date(Date.now() + DAYS_366));
    writeTree(two.folder, { 'a.txt': 'later in truth' });
    const run = await future.once({ ports });
    expect(run.summary).toMatchObject({ converged: true, conflicts: 1 });
    expect(messagesOf(run)).toMatch(/its clock is \d+ min behind this one/);
    expect(snapshot(two.folder)).toEqual(snapshot(one.folder));
    const copy = fs.readdirSync(one.folder).find((name) => name.startsWith('a.conflict-'));
    expect([text(one, 'a.txt'), text(one, String(copy))]).toEqual(['of the wrong clock', 'later in truth']);
    expect((await one.once({ ports })).events.filter(({ type }) => type === 'change')).toEqual([]);
  });

  test('another time zone, or summer time, moves nothing', async () => {
    for (const zone of ['America/St_Johns', 'Australia/Lord_Howe']) {
      const { events, summary } = await oneWith(`TZ=${zone}`).once({ ports });
      expect(events.filter(({ type }) => type === 'change')).toEqual([]);
      expect(summary).toMatchObject({ converged: true, literalBytes: 0 });
    }
  });

  test('a rename that changes only the case is a new name; the old one comes back without --delete', async () => {
    writeTree(one.folder, { 'Report.txt': 'report' });
    await one.once({ ports });
    fs.renameSync(path.join(one.folder, 'Report.txt'), path.join(one.folder, 'report.txt'));
    expect((await one.once({ ports })).summary).toMatchObject({ converged: true, created: 1, restored: 1 });
    expect([text(two, 'Report.txt'), text(two, 'report.txt')]).toEqual(['report', 'report']);
  });

  test('names that differ only in their Unicode form are two files', async () => {
    const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301'];
    writeTree(one.folder, { [composed]: 'composed' });
    writeTree(two.folder, { [decomposed]: 'decomposed' });
    expect((await one.once({ ports })).summary).toMatchObject({ converged: true, conflicts: 0 });
    for (const machine of [one, two]) {
      expect([text(machine, composed), text(machine, decomposed)]).toEqual(['composed', 'decomposed']);
    }
  });

  test('a folder and its state set back by a backup: nothing newer is lost, and later edits are told apart', async () => {
    const backup = path.join(directory, 'backup');
    const [folder, home] = [one.folder, path.join(directory, `${one.name}-home`)];
    writeTree(one.folder, { 'd/x': 'before the backup' });
    await one.once({ ports });
    fs.cpSync(folder, `${backup}/folder`, { recursive: true, preserveTimestamps: true });
    fs.cpSync(home, `${backup}/home`, { recursive: true });
    writeTree(one.folder, { 'd/x': 'after the backup', 'd/new': 'new' });
    await one.once({ ports });
    fs.rmSync(home, { recursive: true });
    fs.cpSync(`${backup}/home`, home, { recursive: true });
    for (const name of ['d', 'a.txt']) fs.rmSync(path.join(folder, name), { recursive: true });
    for (const name of ['d', 'a.txt'])
      fs.cpSync(`${backup}/folder/${name}`, path.join(folder, name), { recursive: true, preserveTimestamps: true });
    writeTree(one.folder, { 'a.txt': 'edited after it was restored' });
    expect((await one.once({ ports })).summary).toMatchObject({ converged: true });
    expect([text(one, 'd/x'), text(one, 'd/new')]).toEqual(['after the backup', 'new']);
    expect(text(two, 'a.txt')).toBe('edited after it was restored');
    expect(snapshot(two.folder)).toEqual(snapshot(one.folder));
    expect((await one.once({ ports })).events.filter(({ type }) => type === 'change')).toEqual([]);
  });
});
