/**
 * How far a run is, from its events: pure, drawn by progress-bars.ts and progress-lines.ts. The figures of
 * `progress` are the whole run's; its `peer` and `path` say what moves where. They are exact once `plan` is final.
 */
import type { RelPath } from '../model/path.js';
import type { ReportEvent } from './reporter.js';

/** What goes on at one replica. */
export interface Row {
  readonly name: string;
  /** The file that moved last. */
  readonly path: RelPath | undefined;
}

/** The name of this replica's own row. */
const HERE = 'here';

export interface Progress {
  readonly folder: string;
  readonly phase: string;
  readonly files: number;
  readonly totalFiles: number;
  readonly bytes: number;
  readonly totalBytes: number;
  /** Whether the totals are final: only then is there an ETA. */
  readonly exact: boolean;
  /** Bytes a second over the last few seconds; undefined until it can be told. */
  readonly rate: number | undefined;
  /** Seconds; undefined while it would be a guess. */
  readonly eta: number | undefined;
  readonly rows: readonly Row[];
}

export interface ProgressModel {
  event(event: ReportEvent): void;
  now(): Progress;
}

type Of<T extends ReportEvent['type']> = Extract<ReportEvent, { readonly type: T }>;

/** Milliseconds over which the rate is taken: long enough to be calm, short enough to follow the link. */
const RATE_WINDOW = 5_000;
const RATE_LEAST = 500;

export function progressModel(clock: () => number): ProgressModel {
  let state: Omit<Progress, 'rate' | 'eta' | 'rows'> = EMPTY;
  let rows = new Map<string, Row>();
  let samples: { readonly time: number; readonly bytes: number }[] = [];

  function sample(): void {
    const time = clock();
    const last = samples.at(-1);
    if (last !== undefined && state.bytes < last.bytes) samples = [];
    samples.push({ time, bytes: state.bytes });
    // The oldest sample that is kept is the newest one outside the window.
    while (samples.length > 2 && time - (samples[1] as { time: number }).time >= RATE_WINDOW) samples.shift();
  }

  function rateNow(): number | undefined {
    const first = samples[0];
    if (first === undefined) return undefined;
    const elapsed = clock() - first.time;
    return elapsed < RATE_LEAST ? undefined : ((state.bytes - first.bytes) * 1000) / elapsed;
  }

  function progress({ phase, files, bytes, totalFiles, totalBytes, peer, path }: Of<'progress'>): void {
    if (phase !== state.phase) samples = [];
    state = { ...state, phase, files, bytes, totalFiles, totalBytes: Math.max(totalBytes, bytes) };
    if (path !== undefined) rows.set(peer ?? HERE, { name: peer ?? HERE, path });
    sample();
  }

  return {
    event(event) {
      switch (event.type) {
        case 'start':
          state = { ...EMPTY, folder: event.folder, phase: 'scan' };
          rows = new Map();
          samples = [];
          return;
        case 'peer':
          rows.set(event.name, { name: event.name, path: undefined });
          return;
        case 'plan':
          state = { ...state, totalFiles: event.files, totalBytes: event.bytes, exact: event.final };
          return;
        case 'progress':
          progress(event);
          return;
      }
    },
    now() {
      const rate = rateNow();
      const left = state.totalBytes - state.bytes;
      const eta = state.exact && rate !== undefined && rate > 0 ? left / rate : undefined;
      return { ...state, rate, eta, rows: [...rows.values()] };
    },
  };
}

const EMPTY = { folder: '', phase: '', files: 0, totalFiles: 0, bytes: 0, totalBytes: 0, exact: false };
