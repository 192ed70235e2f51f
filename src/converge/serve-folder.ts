/**
 * Serves one folder to one session, from whichever end it was dialled: the tree after a fresh scan,
 * contents and deltas, and assignments that the replica's own rules allow.
 */
import type { Emit } from '../model/event.js';
import { joinPath } from '../model/path.js';
import { asSyncError, SyncError } from '../model/sync-error.js';
import type { ReplicaId } from '../model/version-vector.js';
import { settleMissing } from '../scan/scan-folder.js';
import type { Channel, Session } from '../session/channel.js';
import { Committer } from '../transfer/committer.js';
import { ContentSource } from '../transfer/content-source.js';
import { Installer } from '../transfer/installer.js';
import { serveAssign } from '../transfer/serve-assign.js';
import { serveReplica } from '../transfer/serve-replica.js';
import type { MessageOf } from '../wire/message.js';
import { hexOfBytes } from './hex.js';
import type { ListenerScans } from './listener-scans.js';
import type { OpenReplica } from './open-replica.js';
import { Tally } from './tally.js';

export interface Consent {
  readonly deletes: boolean;
  readonly readOnly: boolean;
}

/** A folder that a listener serves. */
export interface ServedFolder {
  readonly label: string;
  readonly replica: OpenReplica;
  readonly scans: ListenerScans;
  readonly consent: Consent;
}

/** Resolves when the session is over; tells of it as a `session` event. */
export async function serveFolder(session: Session, served: ServedFolder, emit: Emit): Promise<void> {
  const started = performance.now();
  const { replica, consent } = served;
  const identity = replica.state.replica;
  const tally = new Tally(emit);
  const deletes = consent.deletes && session.peer.deletes;
  const ready = served.scans
    .forRun(hexOfBytes(session.peer.run))
    .then((scan) => settleMissing(replica.state, scan, { deletes, maxDelete: replica.maxDelete }));
  ready.catch(() => {}); // whoever asks for the tree hears of it
  serveReplica(session, replica, { ready });
  let assigning = false;
  let assignment = Promise.resolve();
  session.serve('assign', async (channel, { message }) => {
    if (message.type !== 'assign') return;
    // Each may hold a directory of 64 MiB: a liar could open dozens of them.
    if (assigning) throw new SyncError('protocol', 'expected one assignment at a time, got another');
    if (consent.readOnly)
      throw new SyncError('usage', 'this listener is read-only: it serves its files and takes none');
    assigning = true;
    assignment = takeAssignment(channel, message, session, served, { deletes, tally, identity }).finally(() => {
      assigning = false;
    });
    served.scans.awaits(assignment, session);
    await assignment;
  });
  const failure = await session.closed;
  await assignment.catch(() => {}); // what is under way ends before anybody closes the folder
  for (const { path, copy } of replica.settleStage()) tally.emit({ type: 'conflict', path, copy });
  const { created, updated } = tally.figures;
  emit({
    type: 'session',
    folder: served.label,
    peer: session.peer.name,
    outcome: failure === undefined ? 'done' : 'failed',
    ...(failure === undefined ? {} : { error: failure.message }),
    created,
    updated,
    seconds: (performance.now() - started) / 1000,
  });
}

async function takeAssignment(
  channel: Channel,
  assign: MessageOf<'assign'>,
  session: Session,
  { replica }: ServedFolder,
  { deletes, tally, identity }: { readonly deletes: boolean; readonly tally: Tally; readonly identity: ReplicaId },
): Promise<void> {
  const known = replica.state.seen().get(identity) ?? 0;
  // Restored from a backup: old counters must not be given out again. What is known is about the id that this session
  // began with: a peer that says it once more does not change the id once more.
  if (assign.known > known && replica.state.replica === identity) replica.state.renew();
  const source = new ContentSource(replica, session);
  const committer = new Committer(replica);
  const installer = new Installer({
    replica,
    committer,
    policy: { deletes: deletes && assign.deletes, conflict: assign.conflict },
    onChange: (path, change) => tally.emit({ type: 'change', ...change, path: joinPath(path, change.name) }),
    onProblem: (problem) => {
      // That a session has failed is told once, not for each file that was still to come.
      if (problem.code !== 'unavailable' || session.failure === undefined) tally.emit({ type: 'problem', ...problem });
    },
  });
  try {
    await serveAssign(channel, { installer, source, state: replica.state });
  } catch (error) {
    // Names and numbers that no honest peer sends: nothing else that it says is believed either.
    const failure = asSyncError(error, 'io');
    if (failure.code === 'protocol' || failure.code === 'path') void session.close(failure);
    throw failure;
  } finally {
    await committer.close();
    installer.restoreModes();
  }
  await source.close();
  for (const { path, copy } of replica.settleStage()) tally.emit({ type: 'conflict', path, copy });
}
