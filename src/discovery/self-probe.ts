/**
 * Hears one's own probe: a listener and a search of a group that nobody else has, on one interface. What comes back
 * went the way that a peer's probe goes, as far as this computer knows it; no other listener understands it.
 */
import { randomBytes } from 'node:crypto';
import { ID_BYTES, KEY_BYTES } from '../wire/key-schedule.js';
import type { Interface } from './interfaces.js';
import { discover } from './probe.js';
import { startResponder } from './responder.js';
import { bindUdp, closeUdp } from './udp-socket.js';

export interface Echo {
  /** Milliseconds from probe to reply; undefined: none came. */
  readonly rttMs: number | undefined;
  /** What could not be sent or bound. */
  readonly problems: readonly string[];
}

/** `waitMs`: the most that it waits. Rejects with `io` if no port can be opened on the interface. */
export async function hearOneself(item: Interface, port: number, waitMs: number): Promise<Echo> {
  const key = { secret: randomBytes(KEY_BYTES), epoch: 0 };
  const listenerId = randomBytes(ID_BYTES);
  const responder = await startResponder({
    folders: () => [{ key, listenerId }],
    tcpPort: await freePort(item.address),
    discoveryPort: port,
    interfaces: () => [item],
    now: Date.now,
  });
  try {
    const { found, errors } = await discover({
      key,
      interfaces: [item],
      port,
      waitMs,
      known: [],
      explicit: [],
      broadcast: true,
      initiatorId: randomBytes(ID_BYTES),
      now: Date.now,
    });
    const problems = [...responder.problems, ...errors.map(({ target, message }) => `${target}: ${message}`)];
    return { rttMs: found[0]?.rttMs, problems };
  } finally {
    await responder.close();
  }
}

async function freePort(address: string): Promise<number> {
  const socket = await bindUdp({ address, port: 0 });
  const { port } = socket.address();
  await closeUdp(socket);
  return port;
}
