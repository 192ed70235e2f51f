/** Which peers of a folder can be reached, without scanning anything: for `p2psync doctor`. */
import { randomBytes } from 'node:crypto';
import { formatHostPort, type HostPort } from '../discovery/host-port.js';
import { localInterfaces } from '../discovery/interfaces.js';
import { discover } from '../discovery/probe.js';
import type { FoundPeer } from '../discovery/search.js';
import { machineName } from '../disk/machine.js';
import type { JoinedFolder } from '../group/joined-folder.js';
import { asSyncError, type SyncError } from '../model/sync-error.js';
import { PROTOCOL_VERSIONS } from '../session/hello.js';
import { roundTrip } from '../session/round-trip.js';
import { dial } from '../session/tls-dialer.js';
import type { RememberedPeer } from '../state/folder-state.js';
import { groupId, ID_BYTES } from '../wire/key-schedule.js';
import type { Hello } from '../wire/message.js';
import type { RunOptions } from './run-options.js';

export type Reach =
  /** It was asked by UDP and took a session. */
  | {
      readonly kind: 'reached';
      readonly name: string;
      readonly address: string;
      /** Milliseconds from probe to reply. */
      readonly rttMs: number;
      /** Milliseconds by which its clock is ahead. */
      readonly ahead: number;
    }
  /** It answered the probe, but no session came about. */
  | { readonly kind: 'refused'; readonly address: string; readonly error: SyncError }
  /** A peer of an earlier run that did not answer the probe; `connects`: its TCP port does. */
  | { readonly kind: 'silent'; readonly name: string; readonly address: string; readonly connects: boolean };

type Options = Pick<RunOptions, 'interfaces' | 'port' | 'discoverTime' | 'connectTimeout' | 'timeout'>;

export async function reach(
  folder: JoinedFolder,
  remembered: readonly RememberedPeer[],
  options: Options,
  signal: AbortSignal,
): Promise<Reach[]> {
  const hello = helloOf(folder);
  const { found } = await discover({
    key: folder.key,
    interfaces: localInterfaces(options.interfaces),
    port: options.port,
    waitMs: options.discoverTime,
    known: remembered,
    explicit: [],
    broadcast: true,
    initiatorId: Buffer.from(hello.run),
    now: Date.now,
    signal,
  });
  const answered = (peer: HostPort) =>
    found.some((each) => [each, ...each.also].some((at) => at.host === peer.host && at.port === peer.port));
  const silent = remembered.filter((peer) => !answered(peer));
  return Promise.all([
    ...found.map((peer) => meet(peer, folder, hello, options, signal)),
    ...silent.map((peer) => knock(peer, options)),
  ]);
}

async function meet(
  peer: FoundPeer,
  folder: JoinedFolder,
  hello: Hello,
  { connectTimeout, timeout }: Options,
  signal: AbortSignal,
): Promise<Reach> {
  const address = formatHostPort(peer);
  try {
    const session = await dial({ ...peer, key: folder.key, hello, connectTimeout, timeout, pace: undefined, signal });
    const { name, clock } = session.peer;
    const ahead = clock - Date.now();
    await session.close();
    return { kind: 'reached', name, address, rttMs: peer.rttMs, ahead };
  } catch (error) {
    return { kind: 'refused', address, error: asSyncError(error, 'closed') };
  }
}

async function knock({ host, port, name }: RememberedPeer, { connectTimeout }: Options): Promise<Reach> {
  const connects = (await roundTrip(host, port, connectTimeout)) !== undefined;
  return { kind: 'silent', name, address: formatHostPort({ host, port }), connects };
}

function helloOf({ key }: JoinedFolder): Hello {
  return {
    type: 'hello',
    versions: PROTOCOL_VERSIONS,
    group: groupId(key),
    replica: randomBytes(ID_BYTES).toString('latin1') as Hello['replica'], // of nobody: it asks for no tree
    run: randomBytes(ID_BYTES),
    name: machineName(),
    clock: Date.now(),
    features: [],
    purpose: 'check',
    deletes: false,
    readOnly: false,
  };
}
