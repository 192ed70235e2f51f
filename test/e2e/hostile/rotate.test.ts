/** `rotate` and `leave` beside a listener and a run that go on: whoever holds only the old key is out at once. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseInvite } from '../../../src/wire/invite.js';
import { at, listening, makeGroup } from '../group.js';
import { settled } from './arena.js';
import { answerWith, dialRaw, dialSession, find, hostileListener, RawPeer, secure } from './hostile-peer.js';
import { isAlive } from './process-figures.js';

/** Milliseconds from the end of the command to the end of a session; it takes a few, but the machine may be busy. */
const AT_ONCE = 5_000;
/** Descriptors that a process may have: fewer than it has already, and more than it needs. */
const [NO_MORE, ENOUGH] = [3, 1024];
const canLimit = spawnSync('prlimit', ['--version']).status === 0;

test('rotate ends the sessions of a listener, shuts the old key out and lets the new one in, without a restart', async () => {
  const { machines } = await makeGroup({ a: 'a' }, { b: 'b' });
  const [server, client] = [at(machines, 0), at(machines, 1)];
  const listener = await listening(server);
  const before = inviteIn((await server.run(['invite', server.folder])).stdout);
  const found = await find(parseInvite(before), listener.port);
  const session = await dialSession(found);
  const channel = await session.open({ type: 'tree' });
  expect((await channel.receive())?.message.type).toBe('root');
  const silent = await dialRaw(found); // has proved the old key, and says hello afterwards

  const rotated = await server.run(['rotate', server.folder]);
  const started = performance.now();
  silent.hello();
  expect(await session.closed).toMatchObject({ code: 'auth', message: expect.stringMatching(/new key/) });
  await silent.closed;
  expect(performance.now() - started).toBeLessThan(AT_ONCE);
  await expect(channel.receive()).rejects.toMatchObject({ code: 'auth' });

  await expect(secure(found)).rejects.toThrow();
  const shutOut = await client.once({
    ports: [listener.port],
    options: ['--discover-time', '300ms'],
    accept: [22],
  });
  expect(shutOut.summary).toMatchObject({ error: { code: 'auth' } });

  const shown = inviteIn((await server.run(['invite', server.folder])).stdout);
  expect(shown).toBe(inviteIn(rotated.stdout));
  expect(shown).not.toBe(before);
  await client.join(shown);
  const run = await client.once({ ports: [listener.port] });
  expect(run.summary).toMatchObject({ converged: true });
  expect(fs.existsSync(path.join(server.folder, 'b'))).toBe(true);
});

test('a member of yesterday does not come back by resuming the session that it had', async () => {
  const { machines } = await makeGroup({ a: 'a' });
  const server = at(machines, 0);
  const listener = await listening(server);
  const key = parseInvite(inviteIn((await server.run(['invite', server.folder])).stdout));
  const found = await find(key, listener.port);
  const member = await secure(found);
  const tickets: Buffer[] = [];
  member.on('session', (ticket) => tickets.push(ticket));
  member.on('error', () => {}).resume();
  new RawPeer(member, key).hello(); // what is read after the handshake, tickets included
  await settled(() => tickets.length > 0, 300);
  const kept = [...tickets, member.getSession()].filter((session) => session !== undefined);
  member.destroy();
  expect(kept).not.toHaveLength(0);
  await server.run(['rotate', server.folder]);
  for (const session of kept) {
    await expect(secure(found, { session })).rejects.toThrow();
    await expect(secure(found, { session, pskCallback: undefined })).rejects.toThrow();
  }
});

test('rotate ends a run that is under way with a member of the old key', async () => {
  const { machines } = await makeGroup({ a: 'a' });
  const machine = at(machines, 0);
  const key = parseInvite(inviteIn((await machine.run(['invite', machine.folder])).stdout));
  const liar = await hostileListener(key);
  onTestFinished(() => liar.close());
  const asked = new Promise<void>((resolve) => {
    answerWith(liar, key, {
      tree: () => {
        resolve();
        return new Promise(() => {}); // scans for ever, and says that it lives
      },
    });
  });
  const running = machine.once({ ports: [liar.port], accept: [22] });
  await asked;
  await machine.run(['rotate', machine.folder]);
  const started = performance.now();
  expect((await running).summary).toMatchObject({ exit: 22, error: { code: 'auth' } });
  expect(performance.now() - started).toBeLessThan(AT_ONCE);
});

test.runIf(canLimit)(
  'a listener without a free descriptor says that it cannot read the new key, and has it afterwards',
  async () => {
    const { machines } = await makeGroup({ a: 'a' }, { b: 'b' });
    const [server, client] = [at(machines, 0), at(machines, 1)];
    const listener = await listening(server);
    const before = inviteIn((await server.run(['invite', server.folder])).stdout);
    const session = await dialSession(await find(parseInvite(before), listener.port));
    limitDescriptors(listener.pid, NO_MORE);
    const rotated = inviteIn((await server.run(['rotate', server.folder])).stdout);
    expect(await session.closed).toMatchObject({ code: 'io', message: expect.stringMatching(/cannot be read/) });
    const problems = listener.events.filter(({ type }) => type === 'problem');
    expect(problems).toMatchObject([{ code: 'unreadable', message: expect.stringMatching(/EMFILE/) }]);
    expect(isAlive(listener.pid)).toBe(true);
    limitDescriptors(listener.pid, ENOUGH);
    await client.join(rotated);
    const run = await client.once({ ports: [listener.port] });
    expect(run.summary).toMatchObject({ converged: true });
  },
);

test.runIf(canLimit)(
  'a run without a free descriptor ends with 23 when its key was changed, not as if it had left',
  async () => {
    const { machines } = await makeGroup({ a: 'a' });
    const machine = at(machines, 0);
    const key = parseInvite(inviteIn((await machine.run(['invite', machine.folder])).stdout));
    const liar = await hostileListener(key);
    onTestFinished(() => liar.close());
    let pid = 0;
    const asked = new Promise<void>((resolve) => {
      answerWith(liar, key, {
        tree: () => {
          resolve();
          return new Promise(() => {}); // scans for ever, and says that it lives
        },
      });
    });
    const onStart = (started: number): void => {
      pid = started;
    };
    const running = machine.once({ ports: [liar.port], accept: [23], onStart });
    await asked;
    limitDescriptors(pid, NO_MORE);
    await machine.run(['rotate', machine.folder]);
    const { summary } = await running;
    expect(summary).toMatchObject({ exit: 23, error: { code: 'io', message: expect.stringMatching(/EMFILE/) } });
  },
);

test('leave ends the sessions of a listener, and the listener with its last folder: 20', async () => {
  const { machines } = await makeGroup({ a: 'a' });
  const machine = at(machines, 0);
  const listener = await listening(machine);
  const key = parseInvite(inviteIn((await machine.run(['invite', machine.folder])).stdout));
  const session = await dialSession(await find(key, listener.port));
  await machine.run(['leave', machine.folder]);
  expect(await session.closed).toMatchObject({ code: 'auth', message: expect.stringMatching(/left its group/) });
  await settled(() => !isAlive(listener.pid));
  expect(await listener.stop()).toBe(20);
  expect(fs.readFileSync(path.join(machine.folder, 'a'), 'utf8')).toBe('a');
});

function inviteIn(text: string): string {
  return /p2psync1-[0-9A-Za-z-]+/.exec(text)?.[0] ?? '';
}

/** Of a running process; the hard limit stays as it is. */
function limitDescriptors(pid: number, most: number): void {
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${most}:`]);
}
