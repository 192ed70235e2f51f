/**
 * `p2psync once`: scan while peers are sought, compare, plan, pull and assign, then compare the roots again
 * (docs/DESIGN.md, "The way of a run"). Nothing here decides what wins: that is plan/'s.
 */
import type { JoinedFolder } from '../group/joined-folder.js';
import { type Entry, isLive, type Kind, kindHere, type TreeSummary } from '../model/entry.js';
import type { Emit, Summary } from '../model/event.js';
import { joinPath, type RelPath, ROOT } from '../model/path.js';
import type { Policy } from '../plan/policy.js';
import { wasRestored } from '../plan/restored.js';
import { Committer } from '../transfer/committer.js';
import { ContentSource } from '../transfer/content-source.js';
import { Installer } from '../transfer/installer.js';
import { serveReplica } from '../transfer/serve-replica.js';
import { claims } from '../transfer/serve-tree.js';
import { findEntry } from '../tree/edit-directory.js';
import type { Change } from '../wire/message.js';
import { blockage } from './blockage.js';
import type { Tree } from './compare-trees.js';
import { reasonOf, withDeadline } from './deadline.js';
import { Distribution } from './distribute.js';
import { itemise } from './dry-run.js';
import type { Peer } from './find-peers.js';
import { type Gathered, gather } from './gather.js';
import { keepSessions } from './keep-sessions.js';
import { lockFolder } from './lock-folder.js';
import type { OpenReplica } from './open-replica.js';
import { PeerQueue } from './peer-queue.js';
import { movesContent, type PlannedDirectory, planRun } from './plan-run.js';
import { Progress } from './progress.js';
import { rememberRun } from './remember-run.js';
import { ensureRoom } from './room.js';
import type { Run } from './run.js';
import type { RunOptions } from './run-options.js';
import { Stopwatch } from './stopwatch.js';
import { peerSummary, summarize } from './summarize-run.js';
import { Tally } from './tally.js';
import { verify } from './verify.js';

/**
 * Makes the folder and those of all peers that answer hold the same. Throws a SyncError when the run as a
 * whole could not be done; what went wrong with single files or peers is told as events.
 */
export async function once(
  folder: JoinedFolder,
  options: RunOptions,
  emit: Emit,
  signal: AbortSignal,
): Promise<Summary> {
  const limit = withDeadline(signal, options.maxTime, folder);
  const lock = await lockFolder(folder.stateDir, options.lock, limit.signal);
  const run: Run = {
    command: 'once',
    folder,
    options,
    tally: new Tally(emit),
    watch: new Stopwatch(),
    signal: limit.signal,
  };
  try {
    return await gather(run, (gathered) => converge(run, gathered));
  } finally {
    lock.release();
    limit.end();
  }
}

async function converge(run: Run, gathered: Gathered): Promise<Summary> {
  const { replica, peers } = gathered;
  const { options, tally, watch } = run;
  keepCountersApart(replica, peers);
  const progress = new Progress(tally.emit);
  const queues = peers.map((peer) => queueFor(run, replica, peer, progress));
  const policy: Policy = { deletes: options.delete, conflict: options.conflict };
  const trees = [ownTree(replica, gathered.root), ...queues.map(guarded)];
  if (!options.dryRun) await ensureRoom(replica, queues, () => visible(planRun(trees, policy), replica));
  const plan = told(run, visible(planRun(trees, policy), replica));
  let equal = true;
  if (options.dryRun) equal = await watch.time('compare', itemise(run, plan, peers, progress, replica.state));
  else await watch.time('transfer', distribute(run, replica, queues, plan, policy, progress));
  const root = replica.state.settle();
  const verified = await watch.time('verify', verify(root.view, queues));
  if (run.signal.aborted) throw reasonOf(run.signal);
  for (const [i, queue] of queues.entries()) tellOfPeer(tally, queue, verified[i] === true);
  const summary = summarize(run, gathered, {
    root,
    peers: queues.map(({ peer, failure }, i) => peerSummary(peer, verified[i] === true, failure)),
    converged: equal && tally.fatal === 0 && tally.left === 0,
  });
  if (!options.dryRun) rememberRun(replica.state, summary, peers);
  return summary;
}

/** After a restored backup a peer knows more edits of this replica than it does itself: it takes a new id. */
function keepCountersApart({ state }: OpenReplica, peers: readonly Peer[]): void {
  const seen = state.seen();
  if (peers.some(({ tree }) => wasRestored(state.replica, seen, tree.root.seen))) state.renew();
}

/** The peer's queue of targets, and what this end serves it meanwhile. */
function queueFor({ options, tally }: Run, replica: OpenReplica, peer: Peer, progress: Progress): PeerQueue {
  const { session, name } = peer;
  serveReplica(session, replica, { onServed: (item, bytes) => progress.part(name, item.path, bytes) });
  const known = replica.state.seen().get(peer.replica) ?? 0;
  return new PeerQueue(
    peer,
    { type: 'assign', conflict: options.conflict, deletes: options.delete, known },
    (applied) => {
      for (const change of applied.changes) tell(tally, progress, applied.path, change, name);
      for (const problem of applied.problems) tally.emit({ type: 'problem', ...problem, peer: name });
    },
  );
}

function tell(tally: Tally, progress: Progress, parent: RelPath, change: Change, peer?: string): void {
  const path = joinPath(parent, change.name);
  tally.emit({ type: 'change', ...change, path, ...(peer === undefined ? {} : { peer }) });
  progress.done(peer, path, change.bytes);
}

/** What a peer as a whole did not do. */
function tellOfPeer({ emit }: Tally, { peer, failure, withheld, denied }: PeerQueue, equal: boolean): void {
  const about = { type: 'problem', path: ROOT, peer: peer.name, fatal: true } as const;
  if (failure !== undefined) emit({ ...about, code: 'peer', message: failure.message });
  else if (withheld !== undefined) emit({ ...about, code: 'unwritable', message: withheld.message });
  else if (denied > 0 && !equal) {
    const what = denied === 1 ? 'one entry' : `${denied} entries`;
    emit({ ...about, code: 'refused', message: `listens with --read-only: ${what} of this run it does not have` });
  }
}

function ownTree({ state }: OpenReplica, root: TreeSummary): Tree {
  return { root, list: async (path) => claims(state.directory(path) ?? []) };
}

/** A peer's tree that counts as equal to ours from the moment the peer fails. */
function guarded(queue: PeerQueue): Tree {
  const { tree } = queue.peer;
  return {
    root: tree.root,
    list: async (path) => {
      if (queue.failure !== undefined) return undefined;
      return tree.list(path).catch((error: unknown) => {
        queue.fail(error);
        return undefined;
      });
    },
    refuse: (error) => {
      queue.fail(error);
      tree.refuse(error);
    },
  };
}

/** Leaves out what this replica hides: it could neither install nor pass it on. */
async function* visible(
  plan: AsyncIterable<PlannedDirectory>,
  { filter, state }: OpenReplica,
): AsyncGenerator<PlannedDirectory> {
  for await (const { path, decisions } of plan) {
    const hasGone = decisions.some(({ target }) => !isLive(target));
    const own = hasGone ? (state.directory(path) ?? []) : [];
    const kindOf = (target: Entry): Kind => kindHere(target, findEntry(own, target.name));
    yield {
      path,
      decisions: decisions.filter(({ target }) => !filter.hides(joinPath(path, target.name), kindOf(target))),
    };
  }
}

/** Tells of conflicts, and of what cannot be decided, as the plan comes by. */
async function* told({ tally }: Run, plan: AsyncIterable<PlannedDirectory>): AsyncGenerator<PlannedDirectory> {
  for await (const planned of plan) {
    for (const decision of planned.decisions) {
      const path = joinPath(planned.path, decision.target.name);
      for (const copy of decision.copies) tally.emit({ type: 'conflict', path, copy: joinPath(planned.path, copy) });
      const problem = blockage(path, decision);
      if (problem !== undefined) tally.emit({ type: 'problem', ...problem });
      if (decision.blocked === 'conflict') tally.leaveConflict(path);
    }
    yield planned;
  }
}

async function distribute(
  run: Run,
  replica: OpenReplica,
  queues: readonly PeerQueue[],
  plan: AsyncIterable<PlannedDirectory>,
  policy: Policy,
  progress: Progress,
): Promise<void> {
  const { tally } = run;
  const sources = queues.map(
    ({ peer }) => new ContentSource(replica, peer.session, (path, bytes) => progress.part(undefined, path, bytes)),
  );
  const committer = new Committer(replica);
  const installer = new Installer({ replica, committer, policy });
  const distribution = new Distribution({
    installer,
    queues,
    sources,
    onApplied: ({ path, changes, problems }) => {
      for (const change of changes) tell(tally, progress, path, change);
      // Of a peer that has failed it is said once that it did, not for each file that only it had.
      const failed = queues.some(({ failure }) => failure !== undefined);
      for (const problem of problems) {
        if (!(failed && problem.code === 'unavailable')) tally.emit({ type: 'problem', ...problem });
      }
    },
  });
  const letGo = keepSessions(
    queues.map(({ peer }) => peer.session),
    () => progress.moves,
  );
  try {
    for await (const planned of plan) {
      for (const { target, actions } of planned.decisions) {
        for (const action of actions) if (movesContent(action)) progress.plan(target.size);
      }
      await distribution.add(planned);
    }
    progress.planned();
    await distribution.finish();
  } finally {
    letGo();
    await committer.close();
    installer.restoreModes();
  }
  await Promise.all(sources.map((source) => source.close()));
  for (const { path, copy } of replica.settleStage()) tally.emit({ type: 'conflict', path, copy });
}
