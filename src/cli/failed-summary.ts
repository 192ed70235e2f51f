/** The summary of a run that gave none, because an error ended it: what its events told until then. */
import { type Figures, NO_FIGURES } from '../converge/tally.js';
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

const NOTHING = { ...NO_FIGURES, wireSent: 0, wireReceived: 0, phases: {} };
