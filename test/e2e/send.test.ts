/** `p2psync send` and `p2psync peers` between real processes. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Machine } from '../../scripts/machine.mjs';
import { at, endOfAll, freshPort, openGroup, startListening, writeTree } from './group.js';

const PROGRAM = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

describe('send', () => {
  const atEnd = endOfAll();
  let directory: string;
  let desk: string;
  let one: Machine;
  let two: Machine;
  let three: Machine;
  let network: string[];

  beforeAll(async () => {
    const group = await openGroup(atEnd, [{ mine: 'mine' }, { theirs: 'theirs' }, {}]);
    directory = group.directory;
    [one, two, three] = [at(group.machines, 0), at(group.machines, 1), at(group.machines, 2)];
    const ports = [(await startListening(atEnd, two)).port, (await startListening(atEnd, three)).port];
    network = ['--no-discover', ...ports.flatMap((port) => ['--peer', `127.0.0.1:${port}`])];
    desk = path.join(directory, 'desk');
    fs.mkdirSync(desk);
  });

  const file = (name: string, content: string): string => {
    fs.writeFileSync(path.join(desk, name), content);
    return path.join(desk, name);
  };
  const in_ = (machine: Machine) =>
    fs
      .readdirSync(machine.folder)
      .filter((name) => name !== '.p2psync')
      .sort();
  const text = (machine: Machine, name: string) => fs.readFileSync(path.join(machine.folder, name), 'utf8');
  const send = (args: string[], accept: number[] = [0]) => one.run(['send', ...args, ...network], { accept });

  test('puts a file into every folder, whatever its name, and nothing else', async () => {
    const awkward = 'a [1] {b,c} !(d)*? @e.txt';
    fs.chmodSync(file(awkward, 'awkward'), 0o640);
    fs.utimesSync(path.join(desk, awkward), 1_600_000_000, 1_600_000_000.25);
    await send([path.join(desk, awkward), file('second', '2')]);
    expect(in_(one)).toEqual([awkward, 'mine', 'second'].sort());
    expect(in_(two)).toEqual([awkward, 'second', 'theirs'].sort());
    expect(in_(three)).toEqual([awkward, 'second'].sort());
    const stats = fs.statSync(path.join(three.folder, awkward));
    expect([text(three, awkward), stats.mode & 0o777, stats.mtimeMs]).toEqual(['awkward', 0o640, 1_600_000_000_250]);
    expect(text({ folder: desk } as Machine, awkward)).toBe('awkward');
  });

  test('a second time is nothing new; a file of the folder is sent as it is', async () => {
    const { stdout } = await send([path.join(desk, 'second'), path.join(one.folder, 'mine')]);
    expect(stdout).toMatch(/^p2psync: ok folder=machine1 peers=2 new=2 /);
    expect(in_(three)).toContain('mine');
    expect(in_(one).filter((name) => name.includes('conflict'))).toEqual([]);
  });

  test('never over what is there: here it goes beside, at a peer both stay', async () => {
    const { stderr } = await send([file('mine', 'another mine')]);
    const copy = in_(one).find((name) => /^mine\.conflict-[0-9a-f]{10}$/.test(name)) ?? 'none';
    expect(stderr).toContain(copy);
    expect([text(one, 'mine'), text(one, copy), text(two, 'mine'), text(two, copy)]).toEqual([
      ...['mine', 'another mine', 'mine', 'another mine'],
    ]);
    await send([file('theirs', 'not theirs')]);
    const contents = in_(two)
      .filter((name) => name.startsWith('theirs'))
      .map((name) => text(two, name));
    expect(contents.sort()).toEqual(['not theirs', 'theirs']);
    expect(text(one, 'theirs')).toBe(text(two, 'theirs'));
  });

  test('--to sends to the peer of that name alone, and says who else is there', async () => {
    const { stdout } = await one.run(['peers', '--json', ...network]);
    const found = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(found).toHaveLength(2);
    const [first] = found;
    expect(first).toMatchObject({ v: 1, type: 'peer', folder: 'machine1', equal: expect.any(Boolean) });
    expect(first?.roundTrip).toBeGreaterThan(0);
    expect(first?.roundTrip).toBeLessThan(1);
    const { stderr } = await send([file('to', 'to'), '--to', 'nobody'], [21]);
    expect(stderr).toMatch(/expected a peer of the name nobody; there answered: (\S+@127\.0\.0\.1:\d+(, )?){2}\n/);
    const holders = () => [two, three].filter((machine) => in_(machine).includes('to')).length;
    expect(holders()).toBe(0);
    // All machines of this test have one name: the address behind it tells them apart.
    expect(first?.name).toMatch(/^\S+@127\.0\.0\.1:\d+$/);
    await send([path.join(desk, 'to'), '--to', String(first?.name).toUpperCase()]);
    expect(holders()).toBe(1);
    await send([path.join(desk, 'to'), '--to', String(first?.name).replace(/@.*/, '')]);
    expect(holders()).toBe(2);
  });

  test('refuses what it cannot send with 2, and says why', async () => {
    fs.writeFileSync(path.join(one.folder, '.p2psyncignore'), '*.tmp\n');
    for (const [args, why] of [
      [[], 'expected files to send'],
      [[path.join(desk, 'missing')], 'cannot be read'],
      [[desk], 'put it into the folder'],
      [[one.folder], 'is the folder itself'],
      [[file('x.tmp', 'x')], '.p2psyncignore'],
    ] as const) {
      expect((await send([...args], [2])).stderr).toContain(why);
    }
    expect(in_(two)).not.toContain('x.tmp');
  });

  test('with several joined folders --folder says which', async () => {
    const other = path.join(directory, 'other');
    writeTree(other, {});
    await one.run(['init', other]);
    expect((await send([file('which', 'w')], [2])).stderr).toContain('--folder');
    await send([path.join(desk, 'which'), '--folder', one.folder]);
    expect(in_(three)).toContain('which');
    expect(in_(three)).not.toContain('missing');
    await one.run(['leave', other]);
  });

  test('on a terminal the files of the current directory are chosen with the keyboard', async () => {
    const place = path.join(directory, 'place');
    writeTree(place, { 'apple.txt': 'apple', 'banana.txt': 'banana', 'cherry\x1b[31m.txt': 'cherry', 'sub/': '' });
    const words = [process.execPath, PROGRAM, 'send', ...network].map((word) => `'${word}'`).join(' ');
    const env = { ...process.env, TERM: 'xterm', ...homeOf(one) };
    const terminal = (keys: readonly (readonly [after: string, keys: string])[]) =>
      typed(spawn('script', ['-qec', `stty cols 80 rows 24; exec ${words}`, '/dev/null'], { cwd: place, env }), keys);
    const chosen = await terminal([
      ['cherry', 'an'],
      ['an█', '\t'],
      ['◼', '\r'],
    ]);
    expect(chosen.screen).toContain('cherry\\x1b[31m.txt');
    expect(chosen.screen).not.toContain('cherry\x1b[31m.txt');
    expect(chosen.status).toBe(0);
    expect(text(three, 'banana.txt')).toBe('banana');
    expect(in_(three)).not.toContain('apple.txt');
    const cancelled = await terminal([['cherry', '\x03']]);
    expect(cancelled.status).toBe(130);
    expect(cancelled.screen.lastIndexOf('\x1b[?25h')).toBeGreaterThan(cancelled.screen.lastIndexOf('\x1b[?25l'));
  });

  test('peers shows a table, and is 21 when nobody answers', async () => {
    const { stdout } = await one.run(['peers', ...network]);
    const [title, ...rows] = stdout.trimEnd().split('\n');
    expect(title).toBe('machine1');
    expect(rows).toHaveLength(2);
    for (const row of rows)
      expect(row).toMatch(/^ {2}\S+ +127\.0\.0\.1:\d+ +[\d.]+ms +\d+ entries, \S+ +(equal|differs)$/);
    const nobody = ['--no-discover', '--peer', `127.0.0.1:${freshPort()}`, '--discover-time', '100ms'];
    expect((await one.run(['peers', ...nobody], { accept: [21] })).stderr).toContain('expected at least 1 peer');
  });
});

function homeOf({ folder }: Machine) {
  return { P2PSYNC_CONFIG_DIR: `${folder}-home/config`, P2PSYNC_STATE_DIR: `${folder}-home/state` };
}

/** Types each of the keys once the text before it is on the screen. */
function typed(child: ReturnType<typeof spawn>, keys: readonly (readonly [string, string])[]) {
  let screen = '';
  let seen = 0;
  const left = [...keys];
  return new Promise<{ status: number | null; screen: string }>((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill();
      reject(new Error(`waited for ${JSON.stringify(left[0]?.[0])}: ${JSON.stringify(screen)}`));
    }, 20_000);
    child.stdout?.on('data', (data) => {
      screen += data;
      const [next] = left;
      if (next === undefined || !screen.slice(seen).includes(next[0])) return;
      seen = screen.length;
      left.shift();
      child.stdin?.write(next[1]);
    });
    child.once('close', (status) => {
      clearTimeout(late);
      resolve({ status, screen });
    });
  });
}
