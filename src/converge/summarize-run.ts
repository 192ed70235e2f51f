/** The last word of a run, and what the folder's state keeps of it. */
import { hexOf } from '../model/digest.js';
import type { TreeSummary } from '../model/entry.js';
import type { PeerSummary, Summary } from '../model/event.js';
import type { Gathered } from './gather.js';
import type { Run } from './run.js';

/** Where the last run's summary is kept in the state. */
export const LAST_RUN = 'last-run';

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
