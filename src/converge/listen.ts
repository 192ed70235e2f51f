/**
 * `p2psync listen`: answers probes and serves folders until it is told to stop. It watches nothing: a
 * folder is scanned when a run asks for it.
 */
import { randomBytes } from 'node:crypto';
import { PORT_MAX } from '../discovery/host-port.js';
import { type Interface, localInterfaces } from '../discovery/interfaces.js';
import { parseNetwork } from '../discovery/network.js';
import { type Responder, startResponder } from '../discovery/responder.js';
import { machineName } from '../disk/machine.js';
import type { JoinedFolder } from '../group/joined-folder.js';
import type { Membership } from '../group/membership.js';
import type { Emit } from '../model/event.js';
import { SyncError } from '../model/sync-error.js';
import type { Session } from '../session/channel.js';
import { PROTOCOL_VERSIONS } from '../session/hello.js';
import { paceOf } from '../session/pace.js';
import { listenTls, type TlsListener } from '../session/tls-listener.js';
import { LITERAL_CODEC } from '../transfer/serve-delta.js';
import { REUSE_FEATURE } from '../transfer/serve-reuse.js';
import { type GroupKey, groupId, ID_BYTES, listenerPsk, pskIdentity } from '../wire/key-schedule.js';
import type { Hello } from '../wire/message.js';
import { hexOfBytes } from './hex.js';
import { ListenerScans } from './listener-scans.js';
import { LiveSessions } from './live-sessions.js';
import { Memberships } from './memberships.js';
import { MetRuns } from './met-runs.js';
import { openReplica } from './open-replica.js';
import type { ListenOptions } from './run-options.js';
import { type ServedFolder, serveFolder } from './serve-folder.js';
import { SIBLINGS } from './siblings.js';

/** Ports tried above the asked one when other listeners have it. */
const PORTS_TRIED = 32;
/** Milliseconds that sessions get to finish after the signal; the whole stop stays below five seconds. */
const STOP_GRACE = 2_000;
/** Milliseconds for installations under way once their session was ended; the next run sweeps what they leave. */
const INSTALL_GRACE = 1_500;

interface Listening extends ServedFolder {
  readonly membership: Membership;
  /** 16 bytes, new for every process: binds a TLS session to this folder here. */
  readonly listenerId: Buffer;
  /** By the last key: a stranger's handshake is not worth deriving anything anew. */
  entered?: Entered;
}

/** Serves until `signal` aborts; then lets sessions finish for a moment and closes everything. */
export async function listen(
  folders: readonly JoinedFolder[],
  options: ListenOptions,
  emit: Emit,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const served: Listening[] = [];
  try {
    for (const folder of folders) served.push(await openServed(folder, options, emit, stop.signal));
    await answer(served, options, emit, signal);
  } finally {
    stop.abort(new SyncError('interrupted', 'the listener stops'));
    for (const { replica } of served) await replica.close();
  }
}

async function openServed(
  folder: JoinedFolder,
  options: ListenOptions,
  emit: Emit,
  signal: AbortSignal,
): Promise<Listening> {
  const replica = await openReplica(folder, { ...options, only: [] });
  return {
    label: folder.label,
    membership: folder.membership,
    listenerId: randomBytes(ID_BYTES),
    replica,
    scans: new ListenerScans(replica, emit, signal),
    consent: { deletes: options.allowDelete, readOnly: options.readOnly },
  };
}

async function answer(
  served: readonly Listening[],
  options: ListenOptions,
  emit: Emit,
  signal: AbortSignal,
): Promise<void> {
  const sessions = new LiveSessions(() => {
    for (const { replica } of served) replica.state.rest();
  });
  const met = new MetRuns();
  const interfaces = localInterfaces(options.interfaces);
  const allowFrom = options.allowFrom.map(parseNetwork);
  const tls = await bind(served, options, interfaces, (session, { folder, key }) => {
    met.add(session, folder.listenerId);
    sessions.enter(session, folder, key, () => serveFolder(session, folder, emit));
  });
  const memberships = new Memberships(served, sessions, emit);
  let responder: Responder | undefined;
  try {
    responder = await startResponder({
      folders: () => served.flatMap(entered),
      tcpPort: tls.port,
      discoveryPort: options.port,
      interfaces: () => localInterfaces(options.interfaces),
      now: Date.now,
      allowFrom,
      isMet: (listenerId, run) => met.has(listenerId, run),
      onProbe: (listenerId, initiatorId) => {
        const folder = served.find((each) => each.listenerId.equals(listenerId));
        folder?.scans.forRun(hexOfBytes(initiatorId)).catch(() => {}); // the session of that run hears of it
      },
    });
    for (const folder of served) emit(readiness(folder, responder.addresses, tls.port));
    await Promise.race([aborted(signal), memberships.allLeft]);
  } finally {
    memberships.close();
    await responder?.close();
    await Promise.race([sessions.over(), pause(STOP_GRACE)]);
    await tls.close(new SyncError('interrupted', 'the listener was stopped; run `p2psync once` again'));
    await Promise.race([sessions.over(), pause(INSTALL_GRACE)]);
  }
}

/** Takes the asked port, or the next one that is free. */
async function bind(
  served: readonly Listening[],
  options: ListenOptions,
  interfaces: readonly Interface[],
  onSession: (session: Session, entered: Entered) => void,
): Promise<TlsListener> {
  const host = options.interfaces.length === 0 ? '0.0.0.0' : interfaces.map(({ address }) => address);
  const pace = options.bwlimit > 0 ? paceOf(options.bwlimit) : undefined; // one for all sessions
  for (let port = options.port; ; port++) {
    try {
      return await listenTls<Entered>({
        host,
        port,
        lookup: (identity) => lookup(served, identity),
        hello: (entering) => helloOf(entering, served),
        onSession,
        timeout: options.timeout,
        pace,
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      if (port >= options.port + PORTS_TRIED || port >= PORT_MAX) {
        throw new SyncError('usage', `ports ${options.port} to ${port} are all taken; choose another with --port`);
      }
    }
  }
}

/** A folder by the key that it has now. */
interface Entered {
  readonly folder: Listening;
  readonly key: GroupKey;
  readonly listenerId: Buffer;
  readonly identity: string;
  readonly psk: Buffer;
}

/** None when it has left its group. */
function entered(folder: Listening): Entered[] {
  const key = folder.membership.key();
  if (key === undefined) return [];
  if (folder.entered?.key !== key) {
    const { listenerId } = folder;
    const [identity, psk] = [pskIdentity(key.epoch, listenerId), listenerPsk(key, listenerId)];
    folder.entered = { folder, key, listenerId, identity, psk };
  }
  return [folder.entered];
}

function lookup(served: readonly Listening[], identity: string): { psk: Buffer; context: Entered } | undefined {
  const context = served.flatMap(entered).find((each) => each.identity === identity);
  return context === undefined ? undefined : { psk: context.psk, context };
}

function helloOf({ folder: { replica, consent }, key }: Entered, served: readonly Listening[]): Hello {
  const isAlone = served.flatMap(entered).filter((other) => other.key.secret.equals(key.secret)).length === 1;
  return {
    type: 'hello',
    versions: PROTOCOL_VERSIONS,
    group: groupId(key),
    replica: replica.state.replica,
    run: Buffer.alloc(ID_BYTES),
    name: machineName(),
    clock: Date.now(),
    features: [LITERAL_CODEC, REUSE_FEATURE, ...(isAlone ? [] : [SIBLINGS])],
    purpose: 'serve',
    deletes: consent.deletes,
    readOnly: consent.readOnly,
  };
}

function readiness(folder: Listening, addresses: readonly string[], port: number) {
  const peerId = hexOfBytes(Buffer.from(folder.replica.state.replica, 'latin1'));
  return { type: 'ready', folder: folder.label, peerId, addresses, port } as const;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
