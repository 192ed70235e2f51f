/** What a run does with metadata, links and names, and with a folder that joins again, over real folders in this process. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { joinFolder } from '../../src/group/join.js';
import { leaveFolder } from '../../src/group/leave.js';
import { openFolder } from '../../src/group/open-folder.js';
import { DEFAULTS } from '../plan/world.js';
import { convergeHere } from './converge-here.js';
import { changesOf, contentOf, failuresOf, picture, type Said, withSites } from './real-history.js';
import type { RealSite } from './real-site.js';

const now = Date.now;
vi.spyOn(Date, 'now').mockImplementation(() => now() + 1000); // else each scan waits until files are old enough

test('a change of mode or time alone moves no content and makes no conflict, also where both made one', () =>
  withTwo(async (one, two, run) => {
    for (const name of ['f', 'g']) fs.writeFileSync(at(one, name), name);
    fs.mkdirSync(at(one, 'd'));
    await run();
    fs.chmodSync(at(one, 'f'), 0o600);
    fs.utimesSync(at(one, 'g'), 1_600_000_000.123456, 1_600_000_000.123456);
    fs.chmodSync(at(two, 'd'), 0o700);
    expect(changesOf(await run()).sort()).toEqual(['d metadata', 'f metadata', 'g metadata']);
    fs.utimesSync(at(one, 'g'), 1_700_000_000, 1_700_000_000);
    fs.utimesSync(at(two, 'g'), 1_700_000_001, 1_700_000_001);
    const said = await run();
    expect([changesOf(said), contentOf(said)]).toEqual([['g metadata'], 0]);
    expect(fs.statSync(at(one, 'g')).mtimeMs).toBe(1_700_000_001_000);
    expect(fs.statSync(at(one, 'd')).mode & 0o777).toBe(0o700);
    expect(fs.statSync(at(two, 'f')).mode & 0o777).toBe(0o600);
  }));

test('hard links become separate files, which is told and is no failure', () =>
  withTwo(async (one, two, run) => {
    fs.writeFileSync(at(one, 'f'), 'shared');
    fs.linkSync(at(one, 'f'), at(one, 'g'));
    const said = await run();
    expect(said.filter(({ type }) => type === 'problem').map(({ code }) => code)).toContain('hard-link');
    const [f, g] = [fs.statSync(at(two, 'f')), fs.statSync(at(two, 'g'))];
    expect([f.nlink, g.nlink, f.ino === g.ino]).toEqual([1, 1, false]);
    expect(fs.readFileSync(at(two, 'g'), 'utf8')).toBe('shared');
  }));

test('names of 255 bytes travel, and so do their conflict copies', () =>
  withTwo(async (one, two, run) => {
    const name = `${'ü'.repeat(125)}x.txt`;
    expect(Buffer.byteLength(name)).toBe(255);
    fs.writeFileSync(at(one, name), 'one');
    fs.writeFileSync(at(two, name), 'two');
    fs.mkdirSync(at(one, `${'d'.repeat(255)}/${'e'.repeat(255)}`), { recursive: true });
    await run();
    const names = fs.readdirSync(two.folder).filter((each) => each !== '.p2psync');
    expect(names).toHaveLength(3);
    for (const each of names) expect(Buffer.byteLength(each)).toBeLessThanOrEqual(255);
    expect(
      names
        .filter((each) => each.endsWith('.txt'))
        .map((each) => fs.readFileSync(at(two, each), 'utf8'))
        .sort(),
    ).toEqual(['one', 'two']);
  }));

test('a folder that left and joins again is adopted: what is equal moves nothing, what differs is kept twice', () =>
  withTwo(async (one, two, run) => {
    for (const name of ['same', 'edited', 'removed']) fs.writeFileSync(at(one, name), name);
    await run();
    const { key } = openFolder(one.folder, one.env);
    leaveFolder(two.folder, two.env);
    fs.writeFileSync(at(two, 'edited'), 'edited while it was out');
    fs.rmSync(at(two, 'removed'));
    joinFolder(two.folder, key, two.env);
    const said = await run(true);
    expect(changesOf(said).filter((change) => change.startsWith('same'))).toEqual([]);
    const contents = fs.readdirSync(one.folder).filter((name) => name.startsWith('edited'));
    expect(contents.map((name) => fs.readFileSync(at(one, name), 'utf8')).sort()).toEqual([
      'edited',
      'edited while it was out',
    ]);
    expect(fs.readFileSync(at(two, 'removed'), 'utf8')).toBe('removed');
  }));

function withTwo(
  use: (one: RealSite, two: RealSite, run: (deletes?: boolean) => Promise<Said>) => Promise<void>,
): Promise<void> {
  return withSites(2, async (sites) => {
    const [one, two] = sites as readonly [RealSite, RealSite];
    await use(one, two, async (deletes = false) => {
      const said = await convergeHere(sites, { ...DEFAULTS, deletes }, [true, true]);
      expect(failuresOf(said)).toEqual([]);
      expect(picture(two)).toEqual(picture(one));
      return said;
    });
  });
}

function at({ folder }: RealSite, name: string): string {
  return path.join(folder, name);
}

test('a file takes the place of a directory on all in one run, whoever starts it and whatever was below', () =>
  withSites(3, async (sites) => {
    const [one, two, three] = sites as [RealSite, RealSite, RealSite];
    const deleting = { ...DEFAULTS, deletes: true };
    const consents = [true, true, true];
    fs.mkdirSync(at(one, 'n/deep'), { recursive: true });
    fs.writeFileSync(at(one, 'n/deep/er'), 'x');
    await convergeHere(sites, deleting, consents);
    fs.rmSync(at(three, 'n'), { recursive: true });
    fs.writeFileSync(at(three, 'n'), 'a file');

    expect(failuresOf(await convergeHere([one, two, three], deleting, consents))).toEqual([]);

    for (const site of sites) expect(fs.readFileSync(at(site, 'n'), 'utf8')).toBe('a file');
    expect(changesOf(await convergeHere(sites, deleting, consents))).toEqual([]);
  }));
