/** Runs that are cut short, by whatever end: the others converge, nothing is lost, and a rerun finishes. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Listener, Machine, PrintedEvent } from '../../scripts/machine.mjs';
import { at, endOfAll, openGroup, snapshot, startListening, writeTree } from './group.js';
import { ANY, messagesOf, problemsOf } from './said.js';

/** Slow enough for a transfer of some seconds; the first MiB of a rerun is worth no time. */
const SLOW = ['--bwlimit', '4MiB'];

describe('a large transfer', () => {
  const atEnd = endOfAll();
  let one: Machine;
  let two: Machine;
  let three: Machine;
  let listeners: [Listener, Listener];

  beforeAll(async () => {
    const { machines } = await openGroup(atEnd, [{}, {}, {}]);
    [one, two, three] = [at(machines, 0), at(machines, 1), at(machines, 2)];
    listeners = [await startListening(atEnd, two), await startListening(atEnd, three)];
  });

  const ports = (): number[] => listeners.map(({ port }) => port);
  const expectFinished = async (): Promise<void> => {
    const { summary } = await one.once({ ports: ports() });
    expect(summary).toMatchObject({ converged: true, exit: 0, problems: 0 });
    for (const { folder } of [two, three]) expect(differing(snapshot(one.folder), snapshot(folder))).toEqual([]);
  };

  test('ends within seconds on SIGINT: 130, no partial file, nothing in the stage', async () => {
    writeTree(one.folder, manyFiles('first'));
    let interrupted = 0;
    const run = await one.once({
      ports: ports(),
      options: SLOW,
      accept: [130],
      onEvent: onFirstBytes((pid) => {
        interrupted = performance.now();
        process.kill(pid, 'SIGINT');
      }),
    });
    expect(performance.now() - interrupted).toBeLessThan(5_000);
    expect(run.summary).toMatchObject({ exit: 130, error: { code: 'interrupted' } });
    expect(problemsOf(run)).toEqual([]); // who interrupts it knows; no peer is blamed
    for (const { folder } of [two, three]) expectPart(folder, one.folder);
    expect(stagedIn(one.folder, two.folder, three.folder)).toEqual([]);
    for (const { events } of listeners) expect(problemsOf({ events })).toEqual([]); // one line a session, not one a file
    await expectFinished();
  });

  test('ends at --max-time: 30', async () => {
    writeTree(one.folder, { second: randomBytes(12_000_000) });
    const run = await one.once({ ports: ports(), options: [...SLOW, '--max-time', '1s'], accept: [30] });
    expect(run.summary).toMatchObject({ exit: 30, error: { code: 'timeout' } });
    expect(problemsOf(run)).toEqual([]);
    await expectFinished();
  });

  test('goes on with the other peers when one is killed and started anew at its port, and a rerun finishes', async () => {
    const third = randomBytes(6_000_000);
    writeTree(one.folder, { third });
    writeTree(two.folder, { 'only-two': 'two' });
    const [killed, other] = listeners;
    let anew: Promise<Listener> | undefined;
    const run = await one.once({
      ports: ports(),
      options: SLOW,
      accept: ANY,
      onEvent: onFirstBytes(() => {
        process.kill(killed.pid, 'SIGKILL');
        anew = two.listen({ port: killed.port });
      }),
    });
    expect(run.status).toBe(23);
    expect(problemsOf(run)).toEqual(['peer ']);
    expect(fs.readFileSync(path.join(three.folder, 'third')).equals(third)).toBe(true);
    const restarted = (await anew) as Listener;
    atEnd(async () => void (await restarted.stop()));
    expect(restarted.port).toBe(killed.port);
    listeners = [restarted, other];
    await expectFinished();
    expect(fs.readFileSync(path.join(three.folder, 'only-two'), 'utf8')).toBe('two');
    expect(stagedIn(two.folder)).toEqual([]);
  });

  test('goes on with the peers that it has when another one appears; the next run has that, too', async () => {
    const [first, second] = listeners;
    await second.stop();
    const appears = randomBytes(6_000_000);
    writeTree(one.folder, { appears });
    writeTree(three.folder, { 'only-three': 'three' });
    const byBroadcast = ['once', one.folder, '--interface', '127.0.0.1', '--port', String(first.port), '--json'];
    let appeared: Promise<Listener> | undefined;
    const act = onFirstBytes(() => {
      appeared = three.listen({ port: first.port });
    });
    const run = await one.run([...byBroadcast, ...SLOW], { onLine: (line, pid) => act(JSON.parse(line), pid) });
    const listener = (await appeared) as Listener;
    atEnd(async () => void (await listener.stop()));
    expect(JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ exit: 0, peers: [{ equal: true }] });
    expect(fs.readFileSync(path.join(two.folder, 'appears')).equals(appears)).toBe(true);
    const next = await one.run([...byBroadcast, '--min-peers', '2']);
    expect(JSON.parse(next.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ exit: 0, converged: true });
    listeners = [first, listener];
    await expectFinished();
    expect(fs.readFileSync(path.join(two.folder, 'only-three'), 'utf8')).toBe('three');
  });

  test('is one problem when the only peer that has the files is killed, not one for each file', async () => {
    writeTree(two.folder, manyFiles('fourth'));
    await listeners[0].stop();
    const slow = await startListening(atEnd, two, ...SLOW);
    const run = await one.once({
      ports: [slow.port, listeners[1].port],
      accept: ANY,
      onEvent: onFirstBytes(() => process.kill(slow.pid, 'SIGKILL')),
    });
    expect(run.status).toBe(23);
    expect(problemsOf(run)).toEqual(['peer ']);
    listeners = [await startListening(atEnd, two), listeners[1]];
    await expectFinished();
  });

  test('lets a listener stop within 5 s: 143, and tells the initiator why', async () => {
    writeTree(one.folder, { fifth: randomBytes(40_000_000) });
    const [listener, other] = listeners;
    let stopped: Promise<readonly [status: number | null, milliseconds: number]> | undefined;
    const run = await one.once({
      ports: [listener.port],
      options: SLOW,
      accept: ANY,
      onEvent: onFirstBytes(() => {
        const asked = performance.now();
        stopped = listener.stop().then((status) => [status, performance.now() - asked]);
      }),
    });
    const [status, milliseconds] = (await stopped) ?? [];
    expect(status).toBe(143);
    expect(milliseconds).toBeLessThan(5_000);
    expect(run.status).toBe(23);
    expect(messagesOf(run)).toContain('the listener was stopped');
    expectPart(two.folder, one.folder);
    expect(listener.events.findLast(({ type }) => type === 'summary')).toMatchObject({ exit: 143 });
    expect(problemsOf(listener)).toEqual([]); // nothing was installed, or failed to be, behind the end of its session
    listeners = [await startListening(atEnd, two), other];
    await expectFinished();
  });

  test('of a file that is edited all the time ends, gives only whole versions, and the last edit arrives', async () => {
    const file = path.join(one.folder, 'busy');
    let version = 0;
    const write = () => {
      // As editors do: aside, then renamed over.
      fs.writeFileSync(`${file}.draft`, Buffer.alloc(200_000, `version ${++version} `));
      fs.renameSync(`${file}.draft`, file);
    };
    write();
    const editing = setInterval(write, 5);
    try {
      for (let i = 0; i < 3; i++) {
        const run = await one.once({ ports: ports(), options: ['--exclude', '*.draft'], accept: ANY });
        expect([0, 23]).toContain(run.status);
        for (const { folder } of [two, three]) {
          if (fs.existsSync(path.join(folder, 'busy'))) expectWholeVersion(path.join(folder, 'busy'));
        }
      }
    } finally {
      clearInterval(editing);
    }
    await expectFinished();
    expect(fs.readFileSync(path.join(three.folder, 'busy'), 'utf8')).toContain(`version ${version} `);
  });

  test('holds off a second run on the folder as --lock says', async () => {
    writeTree(one.folder, { sixth: randomBytes(8_000_000) });
    let begin: () => void = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const first = one.once({ ports: ports(), options: ['--bwlimit', '2MiB'], onEvent: onFirstBytes(() => begin()) });
    await begun;
    const fail = await one.once({ ports: ports(), options: ['--lock', 'fail'], accept: [27] });
    expect(fail.summary).toMatchObject({ exit: 27, error: { code: 'locked' } });
    const skip = await one.run(['once', one.folder, '--lock', 'skip']);
    expect(skip.stdout).toMatch(/^p2psync: skipped folder=machine1 /);
    expect(await one.run(['once', '-q', '--lock', 'skip'])).toMatchObject({ stdout: '', stderr: '' });
    const wait = await one.once({ ports: ports(), options: ['--lock', 'wait'] });
    expect(wait.summary).toMatchObject({ converged: true, created: 0 });
    expect((await first).summary).toMatchObject({ converged: true });
  });
});

/** Calls back once, when content is on its way: `progress` is told at most once a second, first with the first bytes. */
function onFirstBytes(act: (pid: number) => void): (event: PrintedEvent, pid: number) => void {
  let acted = false;
  return ({ type }, pid) => {
    if (acted || type !== 'progress') return;
    acted = true;
    act(pid);
  };
}

function manyFiles(name: string): Record<string, Buffer> {
  const large = [`${name}/large`, randomBytes(10_000_000)] as const;
  return Object.fromEntries([
    ...Array.from({ length: 300 }, (_, i) => [`${name}/${i % 10}/${i}`, randomBytes(2_000)] as const),
    large,
  ]);
}

/** Every file that is there is whole. */
function expectPart(part: string, whole: string): void {
  const all = snapshot(whole);
  for (const [name, entry] of Object.entries(snapshot(part))) {
    if (entry.startsWith('file')) expect(entry === all[name], `${name} is whole`).toBe(true);
  }
}

function expectWholeVersion(file: string): void {
  const content = fs.readFileSync(file);
  const [version = ''] = /^version [0-9]+ /.exec(content.toString()) ?? [];
  expect(content.equals(Buffer.alloc(200_000, version))).toBe(true);
}

/** Files in the stages of these folders; the directories of processes that live are no files. */
function stagedIn(...folders: readonly string[]): string[] {
  return folders.flatMap((folder) => {
    const stage = path.join(folder, '.p2psync/stage');
    const names = fs.existsSync(stage) ? (fs.readdirSync(stage, { recursive: true }) as string[]) : [];
    return names.filter((name) => fs.statSync(path.join(stage, name)).isFile());
  });
}

/** Names whose entries differ; a comparison by `toEqual` would print megabytes. */
function differing(a: Record<string, string>, b: Record<string, string>): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name]);
}
