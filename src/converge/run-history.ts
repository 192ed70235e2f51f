/** The last runs of a folder, kept as a note beside its state: a bounded list that may be lost, oldest first. */
import type { Summary } from '../model/event.js';
import type { FolderState } from '../state/folder-state.js';

/** Runs that are kept: a day of a run every quarter of an hour, in 25 KB. */
const RUNS_KEPT = 96;
const RUNS = 'runs';

const FIGURES = [
  'seconds',
  'created',
  'updated',
  'metadata',
  'deleted',
  'restored',
  'conflicts',
  'problems',
  'wireSent',
  'wireReceived',
  'literalBytes',
  'matchedBytes',
  'reusedBytes',
] as const satisfies readonly (keyof Summary)[];

type Figures = Readonly<Record<(typeof FIGURES)[number], number>>;

export interface RememberedRun extends Figures {
  /** Milliseconds since 1970, at its end. */
  readonly time: number;
  readonly converged: boolean;
  /** How many took part. */
  readonly peers: number;
}

/** What some version of this program wrote: what does not look like a run is left out. */
export function rememberedRuns(state: Pick<FolderState, 'note'>): RememberedRun[] {
  const note = state.note(RUNS);
  return Array.isArray(note) ? note.filter(isRun) : [];
}

export function addRun(state: Pick<FolderState, 'note' | 'putNote'>, summary: Summary, time: number): void {
  const figures = Object.fromEntries(FIGURES.map((name) => [name, summary[name]])) as Figures;
  const run = { time, converged: summary.converged, peers: summary.peers.length, ...figures };
  state.putNote(RUNS, [...rememberedRuns(state), run].slice(-RUNS_KEPT));
}

function isRun(value: unknown): value is RememberedRun {
  if (typeof value !== 'object' || value === null) return false;
  const run = value as Record<string, unknown>;
  const counts = ['time', 'peers', ...FIGURES].every((name) => Number.isFinite(run[name]));
  return counts && typeof run.converged === 'boolean';
}
