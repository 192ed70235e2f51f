/** The last word of a run. */
import { hexOf } from '../model/digest.js';
import type { TreeSummary } from '../model/entry.js';
import type { PeerSummary, Summary } from '../model/event.js';
import type { SyncError } from '../model/sync-error.js';
import type { Peer } from './find-peers.js';
import type { Gathered } from './gather.js';
import { hexOfId } from './hex.js';
import type { Run } from './run.js';

export interface Outcome {
  readonly root: TreeSummary;
  readonly peers: readonly PeerSummary[];
  readonly converged: boolean;
}

export function summarize({ command, folder, tally, watch }: Run, { peers }: Gathered, outcome: Outcome): Summary {
  const { root } = outcome;
  return {
    command,
    folder: folder.label,
    converged: outcome.converged,
    root: hexOf(root.view),
    entries: root.entries,
    bytes: root.bytes,
    peers: outcome.peers,
    ...tally.figures,
    wireSent: peers.reduce((sum, { session }) => sum + session.sent, 0),
    wireReceived: peers.reduce((sum, { session }) => sum + session.received, 0),
    seconds: watch.seconds,
    phases: watch.phases,
  };
}

export function peerSummary(peer: Peer, equal: boolean, failure?: SyncError): PeerSummary {
  const { name, address, replica } = peer;
  return {
    name,
    address,
    replica: hexOfId(replica),
    equal,
    ...(failure === undefined ? {} : { error: failure.message }),
  };
}
