/**
 * What every way of printing a run offers. One run (one folder) is `start` … `summary`; several runs may
 * follow one another, and a listener's folders share one reporter. A reporter never throws for what is in an event.
 */
import type { Summary, SyncEvent } from '../model/event.js';
import type { SyncErrorCode } from '../model/sync-error.js';

/** The end of a run as the command line knows it: with the exit status, and the error that ended it, if one did. */
export interface SummaryEvent extends Summary {
  readonly type: 'summary';
  readonly exit: number;
  readonly dryRun: boolean;
  readonly error?: { readonly code: SyncErrorCode | 'bug'; readonly message: string };
}

export type ReportEvent = Exclude<SyncEvent, { readonly type: 'summary' }> | SummaryEvent;

export interface Reporter {
  event(event: ReportEvent): void;
  /** Restores the terminal and lets go of files. Nothing may be reported afterwards. */
  close(): void;
}

/** Where text goes: a standard stream, a file, a buffer. */
export interface Sink {
  write(text: string): unknown;
}
