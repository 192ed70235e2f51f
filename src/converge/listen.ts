/**
 * `p2psync listen`: answers probes and serves folders until it is told to stop. It watches nothing: a
 * folder is scanned when a run asks for it.
 */
import { randomBytes } from 'node:crypto';
import { interfaceAddresses } from '../discovery/interfaces.js';
import { startResponder } from '../discovery/responder.js';
import { machineName } from '../disk/machine.js';
import type { JoinedFolder } from '../group/joined-folder.js';
import type { Emit } from '../model/event.js';
import { SyncError } from '../model/sync-error.js';
import { listenTls, type TlsListener } from '../session/tls-listener.js';
import { type GroupKey, groupId, ID_BYTES, listenerPsk, pskIdentity } from '../wire/key-schedule.js';
import type { Hello } from '../wire/message.js';
import { PROTOCOL_VERSIONS } from './gather.js';
import { ListenerScans } from './listener-scans.js';
import { type OpenReplica, openReplica } from './open-replica.js';
import type { ListenOptions } from './run-options.js';
import { type ServedFolder, serveFolder } from './serve-folder.js';

/** Ports tried above the asked one when it is taken by another listener. */
const PORTS_TRIED = 32;
/** Milliseconds that sessions get to finish after the signal. */
const STOP_GRACE = 4_000;

interface Listening extends ServedFolder {
  readonly key: GroupKey;
  /** 16 bytes, new for every process: what binds a TLS session to this folder here. */
  readonly listenerId: Buffer;
  readonly replica: OpenReplica;
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
    key: folder.key,
    listenerId: randomBytes(ID_BYTES),
    replica,
    scans: new ListenerScans(replica, emit, signal),
    consent: { deletes: options.allowDelete, readOnly: options.readOnly },
  };
}

