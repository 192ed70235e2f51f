/** A group, listeners and free ports for tests over loopback. */
import { randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import type { Served } from '../../src/discovery/answer.js';
import { type Interface, localInterfaces } from '../../src/discovery/interfaces.js';
import type { DiscoverOptions } from '../../src/discovery/probe.js';
import { type Responder, type ResponderOptions, startResponder } from '../../src/discovery/responder.js';
import type { GroupKey } from '../../src/wire/key-schedule.js';

export const loopback = (): Interface[] => localInterfaces(['127.0.0.1']);

export function newGroup(epoch = 1): GroupKey {
  return { secret: randomBytes(32), epoch };
}

export function served(key: GroupKey): Served {
  return { key, listenerId: randomBytes(16) };
}

/** A UDP port that nobody is bound to on loopback. */
export async function freePort(): Promise<number> {
  const socket = dgram.createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

export interface TestListener {
  readonly folders: readonly Served[];
  readonly tcpPort: number;
  /** Hex listener ids of the probes that came in. */
  readonly probed: string[];
  readonly responder: Responder;
}

export async function startListener(
  folders: readonly Served[],
  discoveryPort: number,
  more: Partial<ResponderOptions> = {},
): Promise<TestListener> {
  const tcpPort = more.tcpPort ?? (await freePort());
  const probed: string[] = [];
  const responder = await startResponder({
    folders: () => folders,
    tcpPort,
    discoveryPort,
    interfaces: loopback,
    now: Date.now,
    onProbe: (id) => probed.push(id.toString('hex')),
    ...more,
  });
  return { folders, tcpPort, probed, responder };
}

export function search(key: GroupKey, port: number, more: Partial<DiscoverOptions> = {}): DiscoverOptions {
  return {
    key,
    interfaces: loopback(),
    port,
    waitMs: 300,
    known: [],
    explicit: [],
    broadcast: true,
    initiatorId: randomBytes(16),
    now: Date.now,
    ...more,
  };
}
