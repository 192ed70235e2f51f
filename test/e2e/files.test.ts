/** Files that are not as most are: each is carried over exactly, or left out and reported; the rest converges. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Machine } from '../../scripts/machine.mjs';
import { at, endOfAll, giveAway, ORDINARY_USER, openGroup, snapshot, startListening, writeTree } from './group.js';
import { ANY, problemsOf } from './said.js';

describe('among ordinary files', () => {
  const atEnd = endOfAll();
  let one: Machine;
  let two: Machine;
  let port: number;

  beforeAll(async () => {
    const { machines } = await openGroup(atEnd, [{}, {}]);
    [one, two] = [at(machines, 0), at(machines, 1)];
    port = (await startListening(atEnd, two)).port;
  });

  const here = (name: string): string => path.join(one.folder, name);
  const there = (name: string): string => path.join(two.folder, name);

  test('FIFOs, sockets and symlinks that leave the folder stay where they are and are reported', async () => {
    execFileSync('mkfifo', [here('fifo')]);
    const server = net.createServer().listen(here('socket'));
    await once(server, 'listening');
    fs.symlinkSync('/etc/passwd', here('absolute'));
    fs.symlinkSync('../../outside', here('outside'));
    fs.symlinkSync('plain', here('inside'));
    writeTree(one.folder, { plain: 'plain' });
    const run = await one.once({ ports: [port] });
    expect(run.summary).toMatchObject({ exit: 0, converged: true });
    const left = ['special fifo', 'special socket', 'unsafe-link absolute', 'unsafe-link outside'];
    expect(problemsOf(run)).toEqual(left);
    expect(fs.readdirSync(two.folder).sort()).toEqual(['.p2psync', 'inside', 'plain']);
    server.close();
    for (const name of ['fifo', 'absolute', 'outside']) fs.rmSync(here(name));
  });

  test('a file with a time of centuries ago or ahead comes over, and what stands beside it', async () => {
    writeTree(one.folder, { 'times/old': 'old', 'times/new': 'new', 'times/plain': 'plain' });
    fs.utimesSync(here('times/old'), '-11644473600', '-11644473600'); // 1601, where NTFS counts from
    fs.utimesSync(here('times/new'), 13_569_465_600, 13_569_465_600); // 2400
    const run = await one.once({ ports: [port] });
    expect(run.summary).toMatchObject({ exit: 0, converged: true });
    for (const name of ['old', 'new', 'plain']) expect(fs.readFileSync(there(`times/${name}`), 'utf8')).toBe(name);
    const again = await one.once({ ports: [port] });
    expect(again.summary).toMatchObject({ exit: 0, created: 0, updated: 0, metadata: 0 });
    fs.rmSync(here('times'), { recursive: true });
    fs.rmSync(there('times'), { recursive: true });
  });

  test('names are exact bytes, and harmless on a screen', async () => {
    const names = [
      'new\nline',
      'esc\x1b[31mred',
      '__proto__',
      'constructor',
      'toString',
      '-rf',
      ' space ',
      'ü',
      'u\u0308',
    ];
    const raw = Buffer.concat([Buffer.from(`${one.folder}/`), Buffer.from([0x66, 0xff, 0xfe])]);
    fs.writeFileSync(raw, 'raw');
    writeTree(one.folder, Object.fromEntries(names.map((name) => [name, name])));
    writeTree(one.folder, { '__proto__.d/constructor': 'c' });
    const shown = await one.run(['once', '-v', one.folder, '--no-discover', '--peer', `127.0.0.1:${port}`]);
    expect(shown.stdout).toContain('esc\\x1b[31mred');
    expect(shown.stdout).toContain('new\\nline');
    expect(shown.stdout).not.toContain('\x1b');
    const bytesIn = (folder: string) => fs.readdirSync(folder, 'latin1').sort();
    expect(bytesIn(two.folder)).toEqual(
      expect.arrayContaining(bytesIn(one.folder).filter((name) => name !== 'socket')),
    );
    expect(bytesIn(two.folder)).toContain('f\xff\xfe');
    expect(fs.readFileSync(there('__proto__'), 'utf8')).toBe('__proto__');
    expect((await one.check({ ports: [port] })).summary).toMatchObject({ converged: true });
  });

  test('empty files, deep paths and old times arrive as they are', async () => {
    const deep = `${Array.from({ length: 100 }, () => 'd').join('/')}/leaf`;
    writeTree(one.folder, { empty: '', [deep]: 'deep', old: 'old', micro: 'micro' });
    execFileSync('touch', ['-d', '1965-03-04T05:06:07.123456Z', here('old')]);
    fs.utimesSync(here('micro'), 1_600_000_000.123456, 1_600_000_000.123456);
    await one.once({ ports: [port] });
    expect(fs.readFileSync(there(deep), 'utf8')).toBe('deep');
    expect(fs.statSync(there('empty')).size).toBe(0);
    const microseconds = (file: string) => fs.statSync(file, { bigint: true }).mtimeNs / 1000n;
    expect(microseconds(there('old'))).toBe(microseconds(here('old')));
    expect(microseconds(there('old'))).toBeLessThan(0n);
    expect(microseconds(there('micro'))).toBe(microseconds(here('micro')));
    const again = await one.once({ ports: [port] });
    expect(again.events.filter(({ type }) => type === 'change')).toEqual([]);
  });

  test('a sparse file stays sparse', async () => {
    const fd = fs.openSync(here('sparse'), 'w');
    fs.ftruncateSync(fd, 20_000_000);
    fs.writeSync(fd, 'island', 10_000_000);
    fs.closeSync(fd);
    await one.once({ ports: [port] });
    expect(fs.readFileSync(there('sparse')).equals(fs.readFileSync(here('sparse')))).toBe(true);
    expect(fs.statSync(there('sparse')).blocks * 512).toBeLessThan(1_000_000);
  });

  test('a file that grows all the while is whole as of some moment, or reported; never torn', async () => {
    writeTree(one.folder, { log: '' });
    await one.once({ ports: [port] });
    const line = `require('fs').appendFileSync(${JSON.stringify(here('log'))}, require('crypto').randomBytes(4000).toString('hex') + '\\n')`;
    const writer = spawn(process.execPath, ['-e', `setInterval(() => ${line}, 3)`]);
    for (let round = 0; round < 2; round++) {
      const run = await one.once({ ports: [port], accept: ANY });
      const [theirs, mine] = [fs.readFileSync(there('log')), fs.readFileSync(here('log'))];
      expect(mine.subarray(0, theirs.length).equals(theirs)).toBe(true);
      expect(theirs.length === 0 || theirs.at(-1) === 0x0a).toBe(true);
      if (run.status !== 0) expect(problemsOf(run)).toEqual(['changed log']);
    }
    writer.kill('SIGKILL');
    await once(writer, 'close');
    expect((await one.once({ ports: [port] })).summary).toMatchObject({ exit: 0, converged: true });
    expect(fs.readFileSync(there('log')).equals(fs.readFileSync(here('log')))).toBe(true);
  });

  test('a backup keeps what is replaced, on the machine that asks for it', async () => {
    writeTree(two.folder, { plain: 'replaced by two' });
    await one.once({ ports: [port], options: ['--backup=before', '--no-fsync'] });
    expect(fs.readFileSync(here('plain'), 'utf8')).toBe('replaced by two');
    expect(fs.readFileSync(here('.p2psync/backup/before/plain'), 'utf8')).toBe('plain');
  });
});

describe('for a user whom permissions bind', () => {
  const atEnd = endOfAll();
  let one: Machine;
  let two: Machine;
  let three: Machine;
  let ports: number[];

  beforeAll(async () => {
    const { machines } = await openGroup(atEnd, [{}, {}, {}], ORDINARY_USER);
    [one, two, three] = [at(machines, 0), at(machines, 1), at(machines, 2)];
    ports = [(await startListening(atEnd, two)).port, (await startListening(atEnd, three)).port];
  });

  test('unreadable files and directories are problems, everything else converges, and they follow later', async () => {
    writeTree(one.folder, { open: 'open', secret: 'secret', 'closed/in': 'in' });
    giveAway(one.folder);
    fs.chmodSync(path.join(one.folder, 'secret'), 0);
    fs.chmodSync(path.join(one.folder, 'closed'), 0);
    const run = await one.once({ ports, accept: [23] });
    expect(problemsOf(run)).toEqual(['unreadable closed', 'unreadable secret']);
    for (const { folder } of [two, three]) expect(Object.keys(snapshot(folder))).toEqual(['open']);
    fs.chmodSync(path.join(one.folder, 'secret'), 0o600);
    fs.chmodSync(path.join(one.folder, 'closed'), 0o700);
    expect((await one.once({ ports })).summary).toMatchObject({ exit: 0, converged: true });
    expect(snapshot(three.folder)).toEqual(snapshot(one.folder));
  });

  test('an unreadable file that is recorded is not taken for deleted, even with --delete', async () => {
    fs.chmodSync(path.join(one.folder, 'closed'), 0);
    await one.once({ ports, options: ['--delete'], accept: [23] });
    fs.chmodSync(path.join(one.folder, 'closed'), 0o700);
    expect(fs.readFileSync(path.join(two.folder, 'closed/in'), 'utf8')).toBe('in');
  });

  test('directories without write permission are filled, changed, and have their mode afterwards', async () => {
    writeTree(one.folder, { 'fixed/file': 'old', 'fixed/sub/file': 'old' });
    giveAway(one.folder);
    fs.chmodSync(path.join(one.folder, 'fixed/sub'), 0o555);
    fs.chmodSync(path.join(one.folder, 'fixed'), 0o555);
    await one.once({ ports });
    expect(snapshot(two.folder)).toMatchObject({ fixed: 'directory 555', 'fixed/sub': 'directory 555' });
    fs.chmodSync(path.join(two.folder, 'fixed/sub'), 0o755);
    writeTree(two.folder, { 'fixed/file': 'new', 'fixed/sub/more': 'more' });
    giveAway(two.folder);
    fs.chmodSync(path.join(two.folder, 'fixed/sub'), 0o555);
    expect((await one.once({ ports })).summary).toMatchObject({ exit: 0, converged: true, problems: 0 });
    expect(snapshot(one.folder)).toMatchObject({ fixed: 'directory 555', 'fixed/sub': 'directory 555' });
    for (const { folder } of [two, three]) expect(snapshot(folder)).toEqual(snapshot(one.folder));
  });

  test.runIf(ORDINARY_USER.length > 0)('what may not be written is a problem of that path alone', async () => {
    fs.mkdirSync(path.join(three.folder, 'foreign'));
    writeTree(one.folder, { 'foreign/file': 'f', fine: 'fine' });
    giveAway(one.folder);
    const run = await one.once({ ports, accept: [23] });
    expect(problemsOf(run)).toEqual(['unwritable foreign/file']);
    expect(fs.readFileSync(path.join(three.folder, 'fine'), 'utf8')).toBe('fine');
    expect(fs.readFileSync(path.join(two.folder, 'foreign/file'), 'utf8')).toBe('f');
  });
});
