/**
 * The first half of every run: open the folder, scan it while peers are sought and dialled, and check that
 * there is somebody to compare with.
 */
import { randomBytes } from 'node:crypto';
import { sweepLeftBehind } from '../apply/stage.js';
import { machineName } from '../disk/machine.js';
import type { TreeSummary } from '../model/entry.js';
import { ROOT } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import { forgetGone } from '../scan/forget-gone.js';
import { scanFolder, settleMissing } from '../scan/scan-folder.js';
import { PROTOCOL_VERSIONS } from '../session/hello.js';
import { LITERAL_CODEC } from '../transfer/serve-delta.js';
import { REUSE_FEATURE } from '../transfer/serve-reuse.js';
import { groupId, ID_BYTES } from '../wire/key-schedule.js';
import type { Hello } from '../wire/message.js';
import { reasonOf } from './deadline.js';
import { findPeers, type Gathering } from './find-peers.js';
import { hexOfId } from './hex.js';
import { keepSessions } from './keep-sessions.js';
import { type OpenReplica, openReplica } from './open-replica.js';
import type { Run } from './run.js';
import type { RunOptions } from './run-options.js';

export interface Gathered extends Gathering {
  readonly replica: OpenReplica;
  /** This replica's root after the scan. */
  readonly root: TreeSummary;
}

/** Runs `work` with an open folder, its scan and its peers; closes all of them afterwards, whatever happens. */
export async function gather<T>(request: Run, work: (gathered: Gathered) => Promise<T>): Promise<T> {
  const replica = await openReplica(request.folder, request.options);
  try {
    return await withPeers(request, replica, work);
  } finally {
    await replica.close();
  }
}

async function withPeers<T>(request: Run, replica: OpenReplica, work: (gathered: Gathered) => Promise<T>): Promise<T> {
  const { tally, command, folder } = request;
  tally.emit({
    type: 'start',
    command,
    folder: folder.label,
    replica: hexOfId(replica.state.replica),
  });
  const stop = new AbortController();
  const signal = AbortSignal.any([request.signal, stop.signal]);
  const seeking = request.watch.time('discover', seek(request, replica, signal));
  seeking.catch(() => {}); // awaited below, after the scan
  let gathering: Gathering = { peers: [], failures: [], others: [] };
  try {
    const root = await request.watch.time('scan', keptMeanwhile(scan(request, replica, signal), seeking));
    gathering = await seeking;
    if (request.signal.aborted) throw reasonOf(request.signal); // before peers are blamed for it
    report(request, root, gathering);
    const result = await work({ replica, root, ...gathering });
    if (request.signal.aborted) throw reasonOf(request.signal);
    return result;
  } catch (error) {
    stop.abort(error);
    // What the signal cut short fails in many ways; why it did is what the user has to know.
    throw request.signal.aborted ? reasonOf(request.signal) : error;
  } finally {
    const { peers } = await seeking.catch(() => gathering);
    await Promise.all(peers.map(({ session }) => session.close()));
  }
}

/** Peers that were quicker wait for the scan here, which may take hours. */
async function keptMeanwhile<T>(scanning: Promise<T>, seeking: Promise<Gathering>): Promise<T> {
  let letGo: (() => void) | undefined;
  let isOver = false;
  let looks = 0;
  const keep = ({ peers }: Gathering): void => {
    if (!isOver)
      letGo = keepSessions(
        peers.map(({ session }) => session),
        () => looks++,
      );
  };
  seeking.then(keep).catch(() => {});
  try {
    return await scanning;
  } finally {
    isOver = true;
    letGo?.();
  }
}

async function scan({ command, options, tally }: Run, replica: OpenReplica, signal: AbortSignal): Promise<TreeSummary> {
  const { root, state, filter } = replica;
  replica.checkPlace();
  if (command === 'once' && !options.dryRun) sweepLeftBehind(root, Date.now());
  const result = await scanFolder({ root, state, filter, signal, now: Date.now });
  replica.checkPlace();
  settleMissing(state, result, { deletes: options.delete, maxDelete: options.maxDelete });
  forgetGone(state, Date.now());
  for (const problem of result.problems) tally.emit({ type: 'problem', ...problem });
  return state.settle();
}

function seek({ folder, options, command }: Run, replica: OpenReplica, signal: AbortSignal): Promise<Gathering> {
  const hello: Hello = {
    type: 'hello',
    versions: PROTOCOL_VERSIONS,
    group: groupId(folder.key),
    replica: replica.state.replica,
    run: randomBytes(ID_BYTES),
    name: machineName(),
    clock: Date.now(),
    features: [LITERAL_CODEC, REUSE_FEATURE],
    purpose: command,
    deletes: options.delete,
    readOnly: false,
  };
  return findPeers({ key: folder.key, hello, remembered: replica.state.peers(), options, signal });
}

function report({ tally, options }: Run, root: TreeSummary, { peers, failures, others }: Gathering): void {
  for (const { name, address, replica, tree, session } of peers) {
    const { entries, bytes } = tree.root;
    const clock = clockProblem(session.peer.clock - Date.now());
    if (clock !== undefined) tally.emit({ type: 'problem', code: 'peer', path: ROOT, peer: name, ...clock });
    tally.emit({
      type: 'peer',
      name,
      address,
      replica: hexOfId(replica),
      entries,
      bytes,
      equal: tree.root.view === root.view,
    });
  }
  for (const { address, error } of failures) {
    tally.emit({ type: 'problem', code: 'peer', path: ROOT, peer: address, message: error.message, fatal: true });
  }
  if (peers.length >= Math.max(1, options.minPeers)) return;
  const refused = failures.find(({ error }) => error.code === 'auth' || error.code === 'version');
  throw refused?.error ?? tooFew(options, peers.length, others);
}

/** Milliseconds by which clocks may differ unremarked: the round trip of the hello is in it. */
const CLOCK_TOLERANCE_MS = 60_000;

/** A clock decides which edit wins a conflict, never what survives: worth a word, no failure. */
function clockProblem(ahead: number): { readonly message: string; readonly fatal: false } | undefined {
  if (Math.abs(ahead) <= CLOCK_TOLERANCE_MS) return undefined;
  const minutes = Math.round(Math.abs(ahead) / 60_000);
  const way = ahead > 0 ? 'ahead of' : 'behind';
  const message = `its clock is ${minutes} min ${way} this one: where both sides changed a file, the wrong edit may win`;
  return { message, fatal: false };
}

function tooFew(options: RunOptions, found: number, others: readonly string[]): SyncError {
  if (others.length > 0) {
    const missing = `expected a peer of the name ${options.to.join(', ')}`;
    return new SyncError('no-peers', `${missing}; there answered: ${others.join(', ')}`);
  }
  const expected = Math.max(1, options.minPeers);
  const advice = options.discover
    ? 'run `p2psync listen` on the other machines, in the same network and group; `--peer HOST` reaches one that broadcast does not'
    : options.peers.length > 0
      ? 'check that the hosts given with --peer run `p2psync listen`'
      : 'with --no-discover, name them: `--peer HOST`';
  return new SyncError(
    'no-peers',
    `expected at least ${expected} peer${expected === 1 ? '' : 's'}, ${found} answered: ${advice}`,
  );
}
