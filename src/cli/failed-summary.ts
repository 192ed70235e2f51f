/** The summary of a run that gave none, because an error ended it: what its events told until then. */
import type { Figures } from '../converge/tally.js';
import type { PeerSummary, Summary } from '../model/event.js';
import type { SummaryEvent } from '../report/reporter.js';

export interface FailedRun {
  readonly command: Summary['command'];
  readonly folder: string;
  readonly seconds: number;
  readonly dryRun: boolean;
  readonly exit: number;
  readonly error: NonNullable<SummaryEvent['error']>;
  readonly figures?: Partial<Figures>;
  readonly peers?: readonly PeerSummary[];
}

export function failedSummary({ figures, peers = [], ...run }: FailedRun): SummaryEvent {
  return { type: 'summary', converged: false, root: '', entries: 0, bytes: 0, ...NOTHING, ...figures, peers, ...run };
}

const NOTHING = {
  created: 0,
  updated: 0,
  metadata: 0,
  deleted: 0,
  restored: 0,
  conflicts: 0,
  problems: 0,
  literalBytes: 0,
  matchedBytes: 0,
  reusedBytes: 0,
  wireSent: 0,
  wireReceived: 0,
  phases: {},
};
