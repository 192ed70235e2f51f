/** What crowds and peers that do not read cost the real listener: in memory, in processor time, and for honest runs beside them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { digestOf } from '../../../src/model/digest.js';
import type { RelPath } from '../../../src/model/path.js';
import { chargeOf } from '../../../src/session/credit.js';
import { WINDOW_BASE } from '../../../src/session/session-limits.js';
import { encodeMessage } from '../../../src/wire/encode-message.js';
import { encodeAmount, encodeFrame, KIND } from '../../../src/wire/frame.js';
import type { WantItem } from '../../../src/wire/message.js';
import { type Arena, settled, useArena } from './arena.js';
import { dialRaw, type RawPeer, secure } from './hostile-peer.js';
import { forgetPeak, memoryOf } from './process-figures.js';

/**
 * How much longer an honest run may take in a crowd. 1.5 is the bar, on an idle machine (`make soak`); where other suites
 * want the processor too, the crowd's own processes take from the run what the listener does not.
 */
const CROWDED_MAX = Number(process.env.P2PSYNC_CROWDED_MAX ?? 3);
/** Milliseconds of processor time that a refused handshake may cost. 1 is the bar on an idle machine (`make soak`). */
const REFUSAL_MAX = Number(process.env.P2PSYNC_REFUSAL_MAX ?? 2);

/** Sessions at once that never read. */
const CROWD = 32;
/** Bytes that one of them may cost: its unread frames (8 MiB, src/session/session-limits.ts) and what is read for it. */
const SESSION_COST = 16 * 1024 * 1024;
/** Bytes for the process that serves them: its heap and its threads' buffers grow with the work. */
const SLACK = 64 * 1024 * 1024;
/** Nearly as many as one end may open; an initiator's have odd numbers. */
const CHANNELS = Array.from({ length: 60 }, (_, i) => 2 * i + 1);
/** Channels whose windows are made to grow, until little is left of what they share. */
const GROWN = 8;
/** Bytes before a frame's channel number: its length and its kind. */
const CHANNEL_AT = 5;

let arena: Arena;
useArena((made) => {
  arena = made;
});

test('a peer that asks for 10 GB on all its channels and never reads costs below 16 MiB, and is dropped at the deadline', async () => {
  const item = await largeFile();
  const { pid, events } = arena.listener;
  const ended = (): boolean => events.filter(({ type }) => type === 'session').length > sessions;
  const sessions = events.filter(({ type }) => type === 'session').length;
  const before = memoryOf(pid, 'VmRSS');
  forgetPeak(pid);

  const peer = (await dialRaw(arena.found)).hello();
  await settled(() => peer.frames.length > 0);
  peer.socket.pause();
  askForAll(peer, item);
  const alive = setInterval(() => peer.frame(KIND.ping, 0), 300);
  await settled(ended, 30_000).finally(() => clearInterval(alive));
  const cost = memoryOf(pid, 'VmHWM') - before;
  peer.socket.destroy();
  expect(events.at(-1)).toMatchObject({ type: 'session', outcome: 'failed', error: /progress/ });
  expect(Number(events.at(-1)?.seconds)).toBeLessThan(15); // 3 s without progress, and what the machine is busy with
  console.log(`a peer that never reads cost ${cost} kB`);
  expect(cost).toBeLessThan(16 * 1024);
});

test(`${CROWD} sessions that fill their windows and never read stay within a budget each, and all are dropped`, async () => {
  const item = await largeFile();
  const { pid, events } = arena.listener;
  const bound = (CROWD * SESSION_COST + SLACK) / 1024;
  arena.mayGrow('listener', bound);
  const sessions = events.filter(({ type }) => type === 'session').length;
  const peers = await Promise.all(
    Array.from({ length: CROWD }, async (_, i) => {
      const peer = (await dialRaw({ ...arena.found, from: `127.0.0.${2 + (i % 16)}` })).hello();
      await settled(() => peer.frames.length > 0);
      return peer;
    }),
  );
  const before = memoryOf(pid, 'VmRSS');
  forgetPeak(pid);
  for (const peer of peers) {
    peer.socket.pause();
    askForAll(peer, item);
    fillWindows(peer, item);
  }
  const alive = setInterval(() => {
    for (const peer of peers) peer.frame(KIND.ping, 0);
  }, 300);
  const ends = (): (typeof events)[number][] => events.filter(({ type }) => type === 'session').slice(sessions);
  await settled(() => ends().length >= CROWD, 40_000).finally(() => clearInterval(alive));
  const cost = memoryOf(pid, 'VmHWM') - before;
  for (const { socket } of peers) socket.destroy();
  for (const end of ends()) expect(end).toMatchObject({ outcome: 'failed', error: /progress/ });
  expect(ends()).toHaveLength(CROWD);
  console.log(`${CROWD} peers that never read cost ${cost} kB, ${(cost / CROWD).toFixed(0)} kB each`);
  // Unread frames alone are more than this: else the windows were not filled, and nothing was tried.
  expect(cost).toBeGreaterThan(CROWD * 2 * 1024);
  expect(cost).toBeLessThan(bound);
});

test(`a refused handshake costs the listener at most ${REFUSAL_MAX} ms of its processor`, async () => {
  const { key, listenerId, port } = arena.found;
  const stranger = { key: { ...key, secret: randomBytes(32) }, listenerId, port };
  const refuse = (i: number): Promise<unknown> =>
    secure({ ...stranger, from: `127.0.0.${2 + (i % 16)}` }).then(
      () => expect.fail('a stranger got in'),
      () => {},
    );
  const batch = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 16) await Promise.all(Array.from({ length: 16 }, (_, k) => refuse(k)));
  };
  await batch(64); // until the code is compiled
  // The best of some: neighbours that share its caches make a processor slower.
  let each = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 10 && each > REFUSAL_MAX; i++) {
    const before = processorOf(arena.listener.pid);
    await batch(320);
    each = Math.min(each, (processorOf(arena.listener.pid) - before) / 320);
  }
  console.log(`a refused handshake costs ${each.toFixed(2)} ms of processor time`);
  expect(each).toBeLessThanOrEqual(REFUSAL_MAX);
});

test('500 idle sockets and 2,000 junk datagrams a second let an honest run start within 2 s and end soon', async () => {
  const { port } = arena.listener;
  const run = async (): Promise<{ started: number; seconds: number }> => {
    const begin = performance.now();
    let started = Number.POSITIVE_INFINITY;
    const done = await arena.client.once({
      ports: [port],
      onEvent: ({ type }) => {
        if (type === 'peer') started = (performance.now() - begin) / 1000;
      },
    });
    expect(done.summary).toMatchObject({ converged: true });
    return { started, seconds: done.seconds };
  };
  // The best of some: what else this machine does is in all of them, the crowd in half of them.
  const alone = { started: Number.POSITIVE_INFINITY, seconds: Number.POSITIVE_INFINITY };
  const crowded = { ...alone };
  const isGood = (): boolean => crowded.seconds < CROWDED_MAX * alone.seconds && crowded.started < 2;
  for (let i = 0; i < 10 && !isGood(); i++) {
    keepBest(alone, await run());
    const crowd = new Crowd(port);
    await crowd.isThere();
    keepBest(crowded, await run());
    await crowd.leave();
  }
  console.log(`alone ${alone.seconds.toFixed(2)} s, in the crowd ${crowded.seconds.toFixed(2)} s`);
  expect(crowded.seconds).toBeLessThan(CROWDED_MAX * alone.seconds);
  expect(crowded.started).toBeLessThan(2);
});

/** A file that the listener has scanned and served once. */
async function largeFile(): Promise<WantItem> {
  const content = Buffer.alloc(3_000_000, 7);
  fs.writeFileSync(path.join(arena.server.folder, 'large'), content);
  await arena.honestRun();
  return { path: 'large' as RelPath, digest: digestOf(content), size: content.length };
}

/** Opens nearly all channels that it may, asks on each for the file many times, and gives more credit than it needs. */
function askForAll(peer: RawPeer, item: WantItem): void {
  for (const channel of CHANNELS) {
    peer.frame(KIND.open, channel, { type: 'content' });
    peer.frame(KIND.message, channel, { type: 'want', items: Array.from({ length: 60 }, () => item) });
    peer.bytes(encodeFrame(KIND.credit, channel, Buffer.alloc(0), encodeAmount(0x7000_0000)));
  }
}

/** Sends what the listener will not come to read, as much as it has given credit for, on all channels. */
function fillWindows(peer: RawPeer, item: WantItem): void {
  const wish = (bytes: number): Buffer => {
    const path = 'x'.repeat(200) as RelPath;
    return encodeMessage({
      type: 'want',
      items: Array.from({ length: Math.floor(bytes / 250) }, () => ({ ...item, path })),
    });
  };
  const [small, large] = [wish(6_000), wish(240_000)];
  const bytes = (header: Buffer): Buffer => encodeFrame(KIND.message, 0, header, Buffer.alloc(0));
  const on = (channel: number, frame: Buffer): Buffer => {
    frame.writeUInt32BE(channel, CHANNEL_AT);
    return Buffer.from(frame);
  };
  for (const channel of CHANNELS) for (let i = 0; i < 4; i++) peer.bytes(on(channel, bytes(small)));
  for (const channel of CHANNELS.slice(-GROWN)) {
    const need = WINDOW_BASE + chargeOf(large.length, 0);
    peer.bytes(encodeFrame(KIND.blocked, channel, Buffer.alloc(0), encodeAmount(need)));
    peer.bytes(on(channel, bytes(large)));
  }
}

function keepBest(best: { started: number; seconds: number }, one: { started: number; seconds: number }): void {
  best.started = Math.min(best.started, one.started);
  best.seconds = Math.min(best.seconds, one.seconds);
}

/** Milliseconds of processor time that a process has used. */
function processorOf(pid: number): number {
  const fields = fs
    .readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Idle sockets, and junk datagrams from a process of their own. */
class Crowd {
  readonly #sockets: net.Socket[] = [];
  readonly #junk: ChildProcess;

  constructor(port: number) {
    this.#junk = spawn(process.execPath, ['-e', JUNK, String(port)], { stdio: 'ignore' });
    onTestFinished(() => void this.#junk.kill('SIGKILL'));
    for (let i = 0; i < 500; i++) {
      const from = `127.0.0.${2 + (i % 50)}`;
      this.#sockets.push(net.connect({ host: '127.0.0.1', port, localAddress: from }).on('error', () => {}));
    }
  }

  async isThere(): Promise<void> {
    await settled(() => this.#sockets.every((socket) => !socket.connecting));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }

  async leave(): Promise<void> {
    this.#junk.kill('SIGKILL');
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/**
 * Half of it looks like probes until it is decrypted. Made beforehand and sent on a connected socket: what the sender takes
 * of the processor is not what is measured.
 */
const JUNK = `
  const socket = require('node:dgram').createSocket('udp4');
  const { randomBytes } = require('node:crypto');
  const junk = Array.from({ length: 2000 }, (_, i) => {
    const datagram = randomBytes(i % 4 === 1 ? 100 : 256);
    if (i % 2 === 0) datagram.write('p2ps\\x01', 'latin1');
    return datagram;
  });
  let sent = 0;
  socket.on('error', () => {});
  socket.connect(Number(process.argv[1]), '127.0.0.1', () => {
    const began = performance.now();
    setInterval(() => {
      for (; sent < 2 * (performance.now() - began); sent++) socket.send(junk[sent % junk.length]);
    }, 10);
  });`;
