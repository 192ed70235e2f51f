/** `p2psync peers`: who answers for this folder's group, and what they hold. Changes nothing anywhere. */
import type { JoinedFolder } from '../group/joined-folder.js';
import type { Emit } from '../model/event.js';
import { roundTrip } from '../session/round-trip.js';
import { withDeadline } from './deadline.js';
import type { Peer } from './find-peers.js';
import { gather } from './gather.js';
import { hexOfId } from './hex.js';
import type { Run } from './run.js';
import type { RunOptions } from './run-options.js';
import { Stopwatch } from './stopwatch.js';
import { Tally } from './tally.js';

export interface PeerAnswer {
  readonly name: string;
  /** `host:port`. */
  readonly address: string;
  readonly replica: string;
  readonly entries: number;
  readonly bytes: number;
  /** Whether its folder shows what this one does. */
  readonly equal: boolean;
  /** Milliseconds; undefined if it went away meanwhile. */
  readonly roundTrip: number | undefined;
  /** Milliseconds by which its clock was ahead when it said hello. */
  readonly ahead: number;
}

/** Throws `no-peers` for fewer than `minPeers`; peers that fail are told as problems. */
export async function peers(
  folder: JoinedFolder,
  options: RunOptions,
  emit: Emit,
  signal: AbortSignal,
): Promise<PeerAnswer[]> {
  const limit = withDeadline(signal, options.maxTime, folder);
  const tally = new Tally(emit);
  const run: Run = { command: 'check', folder, options, tally, watch: new Stopwatch(), signal: limit.signal };
  try {
    return await gather(run, ({ peers, root }) => Promise.all(peers.map((peer) => answerOf(peer, root.view, options))));
  } finally {
    limit.end();
  }
}

async function answerOf(
  { name, address, at, replica, tree, ahead }: Peer,
  view: string,
  { connectTimeout }: RunOptions,
): Promise<PeerAnswer> {
  const { entries, bytes } = tree.root;
  const took = await roundTrip(at.host, at.port, connectTimeout);
  const equal = tree.root.view === view;
  return { name, address, replica: hexOfId(replica), entries, bytes, equal, roundTrip: took, ahead };
}
