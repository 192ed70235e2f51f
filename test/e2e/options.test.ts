/** Options of a run, each seen to do what the manual says of it, by what is on the disks and on the streams. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Machine } from '../../scripts/machine.mjs';
import { badLink } from './bad-link.js';
import { at, endOfAll, freshPort, openGroup, snapshot, startListening, writeTree } from './group.js';
import { problemsOf } from './said.js';

const PROGRAM = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

describe('a run', () => {
  const atEnd = endOfAll();
  let directory: string;
  let invite: string;
  let one: Machine;
  let two: Machine;
  let three: Machine;
  let ports: number[];

  beforeAll(async () => {
    const group = await openGroup(atEnd, [{ base: 'base' }, {}, {}]);
    ({ directory, invite } = group);
    [one, two, three] = [at(group.machines, 0), at(group.machines, 1), at(group.machines, 2)];
    ports = [(await startListening(atEnd, two)).port, (await startListening(atEnd, three)).port];
    await one.once({ ports });
  });

  const peers = (): string[] => ['--no-discover', ...ports.flatMap((port) => ['--peer', `127.0.0.1:${port}`])];
  const trees = () => [one, two, three].map(({ folder }) => snapshot(folder));
  const text = (machine: Machine, name: string) => fs.readFileSync(path.join(machine.folder, name), 'utf8');
  const converge = async (...options: string[]) => {
    expect((await one.once({ ports, options })).summary).toMatchObject({ converged: true });
  };

  test('--dry-run tells what would change, changes nothing on any machine, and is 1 or 0', async () => {
    writeTree(one.folder, { planned: 'planned' });
    writeTree(two.folder, { 'from/two': 'two' });
    const before = trees();
    const run = await one.once({ ports, options: ['--dry-run'], accept: [1] });
    expect(run.summary).toMatchObject({ exit: 1, dryRun: true, converged: false });
    const told = run.events
      .filter(({ type }) => type === 'change')
      .map(({ path: name, peer }) => [name, peer ?? 'here']);
    expect(new Set(told.map(([name]) => name))).toEqual(new Set(['planned', 'from', 'from/two']));
    expect(trees()).toEqual(before);
    await converge();
    expect((await one.once({ ports, options: ['-n'] })).summary).toMatchObject({ exit: 0, converged: true });
  });

  test('-q prints nothing at all with status 0, and why with another', async () => {
    writeTree(one.folder, { quiet: 'quiet' });
    expect(await one.run(['once', '-q', one.folder, ...peers()])).toMatchObject({ stdout: '', stderr: '' });
    const nobody = ['--no-discover', '--peer', `127.0.0.1:${freshPort()}`, '--discover-time', '100ms'];
    const { stdout, stderr } = await one.run(['once', '-q', one.folder, ...nobody], { accept: [21] });
    expect(stdout).toMatch(/^p2psync: no-peers .*exit=21\n$/);
    expect(stderr).toContain('expected at least 1 peer');
    expect(stderr).toContain(`${nobody[2]}: `); // which peer did not answer
    const unnamed = await one.run(['once', one.folder, '--no-discover'], { accept: [21] });
    expect(unnamed.stderr).toContain('name them: `--peer HOST`');
  });

  test('--discover-time and --connect-timeout bound the wait for a host that takes connections and says nothing', async () => {
    const silent = net.createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as net.AddressInfo;
    const limits = ['--discover-time', '100ms', '--connect-timeout', '300ms'];
    const run = await one.once({ ports: [port], options: limits, accept: [21] });
    silent.close();
    expect(run.events).toContainEqual(
      expect.objectContaining({ type: 'problem', code: 'peer', message: expect.stringContaining('within 0.3 s') }),
    );
    expect(run.seconds).toBeLessThan(2.9); // the defaults are 3 and 5 s
  });

  test('--timeout ends a session in which nothing moves any more', async () => {
    const link = await badLink(ports[0] as number);
    link.fault = { how: 'stall', direction: 'down', after: 4000, unit: 'bytes' };
    writeTree(two.folder, { stalled: randomBytes(50_000) });
    const options = ['--peer', link.peer, '--timeout', '1s'];
    const { stderr, seconds } = await one.run(['once', one.folder, '--no-discover', ...options], { accept: [23] });
    expect(stderr).toContain('1 s');
    expect(seconds).toBeLessThan(15); // the default is 30 s
    await converge();
  });

  test('works as cron starts it: no terminal, no variable but HOME, no folder named', async () => {
    const home = path.join(directory, 'cron-home');
    const folder = path.join(directory, 'cron');
    writeTree(home, {});
    writeTree(folder, { cron: 'cron' });
    const cron = (args: string[], input = '') =>
      spawnSync(process.execPath, [PROGRAM, ...args], { env: { HOME: home }, cwd: '/', encoding: 'utf8', input });
    expect(cron(['join', folder], `${invite}\n`).status).toBe(0);
    expect(cron(['once', '-q', '--lock', 'skip', ...peers()])).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(cron(['once', ...peers()]).stdout).toMatch(/^p2psync: ok folder=cron peers=2 new=0 [^\n]*\n$/);
    expect(snapshot(folder)).toEqual(snapshot(two.folder));
    expect(cron(['leave', folder]).status).toBe(0);
    await converge();
  });

  test('--json ends with a summary that has the exit status, whatever went wrong', async () => {
    const wrong: [string[], number][] = [
      [['once', '--json', '--bogus'], 2],
      [['once', '--json', '--port', '99999', one.folder], 2],
      [['once', '--json', path.join(directory, 'nowhere')], 20],
      // Node's own recursive mkdir never ends there.
      [['once', '--json', one.folder, '--state-dir', '/proc/p2psync'], 2],
      [['check', '--json', one.folder, '--interface', 'nonexistent0'], 2],
      [['once', '--json', one.folder, '--log-file', '/nonexistent/log', ...peers()], 2],
    ];
    for (const [args, status] of wrong) {
      const { stdout } = await one.run(args, { accept: [status] });
      const last: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
      expect(last).toMatchObject({ v: 1, type: 'summary', exit: status, converged: false });
      expect(last).toHaveProperty('error.message', expect.stringMatching(/./));
    }
  });

  test('a directory that --exclude hides on a machine stays there when it is deleted on another', async () => {
    const { machines } = await openGroup(atEnd, [{ 'build/made': 'made', kept: 'kept' }, {}]);
    const [founder, other] = [at(machines, 0), at(machines, 1)];
    const sender = await startListening(atEnd, founder, '--allow-delete');
    await other.once({ ports: [sender.port] });
    fs.rmSync(path.join(founder.folder, 'build'), { recursive: true });
    const options = ['--delete', '--exclude', 'build/'];
    const run = await other.once({ ports: [sender.port], options });
    expect([run.summary, problemsOf(run)]).toMatchObject([{ exit: 0, deleted: 0 }, []]);
    const hiding = await startListening(atEnd, other, '--allow-delete', '--exclude', 'build/');
    const told = await founder.once({ ports: [hiding.port], options: ['--delete'] });
    expect([told.summary, problemsOf(told)]).toMatchObject([{ exit: 0, deleted: 0 }, []]);
    expect(text(other, 'build/made')).toBe('made');
  });

  test('--exclude and --only leave the rest alone, on every machine', async () => {
    writeTree(one.folder, { 'x.tmp': 'mine', 'sub/in': 'in', out: 'out' });
    writeTree(two.folder, { 'y.tmp': 'theirs' });
    await converge('--only', 'sub/**');
    expect(text(three, 'sub/in')).toBe('in');
    expect(fs.existsSync(path.join(three.folder, 'out'))).toBe(false);
    await converge('--exclude', '*.tmp');
    expect(text(three, 'out')).toBe('out');
    for (const name of ['x.tmp', 'y.tmp']) expect(fs.existsSync(path.join(three.folder, name))).toBe(false);
    await converge();
    expect([text(three, 'x.tmp'), text(three, 'y.tmp')]).toEqual(['mine', 'theirs']);
  });

  test('a path that becomes ignored is deleted nowhere, also with --delete', async () => {
    writeTree(one.folder, { '.p2psyncignore': '*.tmp\n' });
    await converge('--delete');
    expect(text(two, '.p2psyncignore')).toBe('*.tmp\n');
    for (const machine of [one, two, three]) expect(text(machine, 'x.tmp')).toBe('mine');
    writeTree(one.folder, { 'x.tmp': 'only here' });
    await converge();
    expect(text(two, 'x.tmp')).toBe('mine');
    fs.rmSync(path.join(one.folder, '.p2psyncignore'));
    await one.once({ ports });
  });

  test('ignore rules that differ between machines fail no run, and hide what they name', async () => {
    writeTree(two.folder, { 'private/.p2psyncignore': '*\n', 'private/file': 'of two' });
    writeTree(three.folder, { 'private/file': 'of three' });
    const run = await one.once({ ports });
    expect(run.status).toBe(0);
    expect(problemsOf(run)).toEqual([]);
    expect(text(two, 'private/file')).toBe('of two');
    expect(text(one, 'private/file')).toBe('of three');
    fs.rmSync(path.join(two.folder, 'private'), { recursive: true });
    await one.once({ ports });
  });

  test('--conflict fail leaves every version as it is: 26; newest takes one and keeps the other in the trash', async () => {
    writeTree(one.folder, { both: 'base' });
    await converge();
    writeTree(two.folder, { both: 'of two' });
    fs.utimesSync(path.join(two.folder, 'both'), 1_700_000_000, 1_700_000_000);
    writeTree(one.folder, { both: 'of one', beside: 'beside' });
    const failed = await one.once({ ports, options: ['--conflict', 'fail'], accept: [26] });
    expect(failed.summary).toMatchObject({ exit: 26, converged: false, conflicts: 1 });
    expect([text(one, 'both'), text(two, 'both'), text(three, 'both')]).toEqual(['of one', 'of two', 'base']);
    expect(text(three, 'beside')).toBe('beside');
    await converge('--conflict', 'newest');
    expect([text(one, 'both'), text(two, 'both'), text(three, 'both')]).toEqual(['of one', 'of one', 'of one']);
    expect(fs.readdirSync(two.folder).filter((name) => name.includes('conflict'))).toEqual([]);
    const trash = path.join(two.folder, '.p2psync/trash');
    const kept = (fs.readdirSync(trash, { recursive: true }) as string[]).filter((name) => name.endsWith('/both'));
    expect(kept.map((name) => fs.readFileSync(path.join(trash, name), 'utf8'))).toEqual(['of two']);
  });

  test('--compress auto packs what a delta carries, never does not', async () => {
    const words = Array.from({ length: 60_000 }, (_, i) => `line ${i} of what was there\n`).join('');
    const sent: Record<string, number> = {};
    for (const [turn, choice] of ['auto', 'never'].entries()) {
      writeTree(one.folder, { words });
      await converge();
      const added = Array.from({ length: 10_000 }, (_, i) => `turn ${turn} brought ${i * i} here\n`).join('');
      writeTree(one.folder, { words: words.slice(0, 700_000) + added + words.slice(700_000) });
      const { summary } = await one.once({ ports, options: ['--compress', choice] });
      expect(summary).toMatchObject({ converged: true });
      sent[choice] = Number(summary?.wireSent);
    }
    expect(sent.never).toBeGreaterThan(2 * 250_000); // to each of two peers
    expect(sent.auto).toBeLessThan((sent.never as number) / 2);
  });

  test('--bwlimit is for all peers together', async () => {
    writeTree(one.folder, { bulk: randomBytes(1_500_000) });
    const { summary } = await one.once({ ports, options: ['--bwlimit', '1MiB', '--compress', 'never'] });
    // Twice 1.5 MB at 1 MiB a second; the last writes may still be on their way when the limit allows them.
    expect(summary).toMatchObject({ converged: true });
    expect(summary).toHaveProperty(
      'phases.transfer',
      expect.toSatisfy((seconds: number) => seconds > 2.5),
    );
  });

  test('--state-dir and --log-file are used: a new state loses nothing, and the log has the run', async () => {
    const state = path.join(directory, 'other-state');
    const log = path.join(directory, 'run.log');
    writeTree(one.folder, { logged: 'logged' });
    await one.run(['once', one.folder, ...peers(), '--state-dir', state, '--log-file', log, '--no-fsync']);
    expect(fs.readdirSync(state)).toHaveLength(1);
    expect(fs.readFileSync(log, 'utf8')).toMatch(/^\d{4}-.*Z p2psync: ok folder=machine1 peers=2 /m);
    expect(fs.statSync(log).mode & 0o777).toBe(0o600);
    expect(text(three, 'logged')).toBe('logged');
    await converge();
    expect(fs.readdirSync(one.folder).filter((name) => name.includes('conflict'))).toEqual([]);
  });

  test('check is 1 with what differs, 0 when equal, never "equal" with nobody', async () => {
    writeTree(two.folder, { different: 'd' });
    const { events } = await one.check({ ports, accept: [1] });
    expect(events.filter(({ type }) => type === 'difference').map(({ path: name }) => name)).toEqual(['different']);
    await converge();
    expect((await one.check({ ports })).summary).toMatchObject({ exit: 0, converged: true });
    const alone = { ports: [freshPort()], options: ['--discover-time', '100ms'], accept: [21] };
    expect((await one.check(alone)).summary).toMatchObject({ exit: 21, converged: false });
  });
});
