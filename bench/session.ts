/**
 * Prints what a session costs: headers and frames in one process, then round trips and bulk throughput over TLS on
 * loopback with each end in a process of its own. Wall time where `wall` stands, else processor time, which other
 * programs on the machine disturb less. Bundle and run:
 *   npx esbuild bench/session.ts --bundle --platform=node --format=esm --packages=external --outfile=build/session.mjs && node build/session.mjs
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { RelPath } from '../src/model/path.js';
import type { Channel } from '../src/session/channel.js';
import { dial } from '../src/session/tls-dialer.js';
import { listenTls } from '../src/session/tls-listener.js';
import { decodeMessage } from '../src/wire/decode-message.js';
import { encodeMessage } from '../src/wire/encode-message.js';
import { encodeFrame, FrameSplitter, KIND } from '../src/wire/frame.js';
import { listenerPsk } from '../src/wire/key-schedule.js';
import type { Hello, Message } from '../src/wire/message.js';

const KEY = { secret: Buffer.alloc(32, 1), epoch: 1 };
const LISTENER_ID = Buffer.alloc(16, 2);
const HELLO = {
  type: 'hello',
  versions: [1],
  group: Buffer.alloc(16),
  replica: 'rABCDEFG',
  run: Buffer.alloc(16),
  name: 'bench',
  clock: 0,
  features: [],
  purpose: 'once',
  deletes: false,
  readOnly: false,
} as unknown as Hello;
const LIST: Message = { type: 'list', path: 'Photos/2024/summer' as RelPath };
const PART = 256 * 1024;
const BULK = 2 * 1024 ** 3;

if (process.argv[2] === 'listen') await listen();
else {
  headers();
  splitting();
  const listener = spawn(process.execPath, [process.argv[1] as string, 'listen'], { stdio: ['ignore', 1, 2, 'ipc'] });
  try {
    await session(listener);
  } finally {
    listener.kill();
  }
}

/** Milliseconds of this process's time on a processor. */
function processor(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function print(what: string, value: number, unit: string): void {
  console.log(`${what.padEnd(44)} ${value.toFixed(2)} ${unit}`);
}

function headers(): void {
  const digest = 'd'.repeat(32);
  const items = Array.from({ length: 1024 }, (_, i) => ({ path: `Photos/2024/IMG_${i}.jpg`, digest, size: 5000 }));
  const segments = Array.from({ length: 64 }, (_, item) => ({ item, length: 4000, status: 'last' }));
  for (const [what, message, rounds] of [
    ['list', LIST, 200_000],
    ['want of 1,024', { type: 'want', items }, 400],
    ['contents of 64', { type: 'contents', segments }, 5000],
  ] as [string, Message, number][]) {
    const header = encodeMessage(message);
    print(
      `encode ${what}`,
      microseconds(rounds, () => encodeMessage(message)),
      'µs',
    );
    print(
      `decode ${what}`,
      microseconds(rounds, () => decodeMessage(header, message.type === 'contents' ? 1 : 0)),
      'µs',
    );
  }
}

function microseconds(rounds: number, work: () => unknown): number {
  for (let i = 0; i < rounds / 5; i++) work();
  const started = processor();
  for (let i = 0; i < rounds; i++) work();
  return ((processor() - started) / rounds) * 1000;
}

/** Chunks of 64 KiB as a socket gives them, of 16 KiB as TLS does. */
function splitting(): void {
  for (const [chunk, payload] of [
    [65_536, 4096],
    [65_536, 60_000],
    [16_384, PART],
  ] as const) {
    const frame = encodeFrame(KIND.message, 1, encodeMessage(LIST), Buffer.alloc(payload));
    const stream = Buffer.concat(Array.from({ length: Math.ceil(64e6 / frame.length) }, () => frame));
    const splitter = new FrameSplitter();
    const all = (): void => {
      for (let at = 0; at < stream.length; at += chunk) splitter.push(stream.subarray(at, at + chunk), () => {});
    };
    print(`split frames of ${payload} from chunks of ${chunk}`, stream.length / microseconds(3, all) / 1000, 'GB/s');
  }
}

async function listen(): Promise<void> {
  const listener = await listenTls({
    host: '127.0.0.1',
    port: 0,
    lookup: () => ({ psk: listenerPsk(KEY, LISTENER_ID), context: undefined }),
    hello: () => HELLO,
    onSession: (session) => {
      session.serve('tree', async (channel) => {
        const answer = Buffer.alloc(200);
        const message: Message = { type: 'directory', path: 'Photos' as RelPath, last: true };
        while ((await channel.receive()) !== undefined) await channel.send(message, answer);
      });
      session.serve('content', async (channel) => {
        const part = Buffer.alloc(PART);
        const segments = [{ item: 0, length: PART, status: 'more' as const }];
        for (let sent = 0; sent < BULK; sent += PART) await channel.send({ type: 'contents', segments }, part);
      });
    },
  });
  let last = processor();
  process.on('message', () => {
    process.send?.(processor() - last);
    last = processor();
  });
  process.send?.(listener.port);
}

async function session(listener: ChildProcess): Promise<void> {
  const reply = (): Promise<number> => new Promise((resolve) => listener.once('message', resolve));
  const spent = (): Promise<number> => {
    const answer = reply();
    listener.send('processor time');
    return answer;
  };
  const port = await reply();
  const session = await dial({ host: '127.0.0.1', port, key: KEY, listenerId: LISTENER_ID, hello: HELLO });
  const tree = await session.open({ type: 'tree' });
  await ask(tree, 2000);
  const started = performance.now();
  await ask(tree, 10_000);
  print('round trip, wall', (performance.now() - started) / 10, 'µs');
  for (let round = 0; round < 3; round++) {
    await spent();
    const wall = performance.now();
    const own = processor();
    const bulk = await session.open({ type: 'content' });
    let bytes = 0;
    for (let frame = await bulk.receive(); frame !== undefined; frame = await bulk.receive())
      bytes += frame.payload.length;
    await bulk.end();
    print('bulk, wall', bytes / (performance.now() - wall) / 1e6, 'GB/s');
    print('bulk, receiver', bytes / (processor() - own) / 1e6, 'GB a processor second');
    print('bulk, sender', bytes / (await spent()) / 1e6, 'GB a processor second');
  }
  await session.close();
}

async function ask(channel: Channel, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await channel.send(LIST);
    await channel.receive();
  }
}
