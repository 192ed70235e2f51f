/**
 * The run as text: results on `out`, progress and problems on `err`. In style `line` nothing but the summary
 * line goes to `out` (cron); in style `screen` a person reads along. `itemise` prints each change (dry run, -v).
 */
import { changeLine, conflictLine, problemLine } from './change-line.js';
import { DIFFERENCES_SHOWN, differenceList } from './difference-list.js';
import { screenMessage, screenText } from './escape.js';
import { keyValues } from './key-value.js';
import type { Paint } from './paint.js';
import type { ProgressView } from './progress-view.js';
import { countOf, countText, durationText, sizeText } from './quantity.js';
import type { ReportEvent, Reporter, Sink, SummaryEvent } from './reporter.js';
import { folderName, summaryLine } from './summary-line.js';
import { summaryScreen } from './summary-screen.js';

/** Warnings and conflicts listed one by one; a tree full of hard links must not bury the rest. */
const LISTED_MAX = 100;

export interface TextStyle {
  readonly style: 'line' | 'screen';
  readonly itemise: boolean;
  readonly verbose: boolean;
  /** Of the summary on `out`. */
  readonly paint: Paint;
}

type Of<T extends ReportEvent['type']> = Extract<ReportEvent, { readonly type: T }>;

export function textReporter(out: Sink, err: Sink, style: TextStyle, progress: ProgressView | undefined): Reporter {
  const differences = differenceList(style.verbose ? Number.POSITIVE_INFINITY : DIFFERENCES_SHOWN);
  let listed = 0;
  let unlisted = 0;
  let planned: Of<'plan'> | undefined;

  const aside = (write: () => void) => (progress === undefined ? write() : progress.aside(write));
  const results = (line: string) => aside(() => out.write(`${line}\n`));
  const notes = (line: string) => aside(() => err.write(`${line}\n`));

  /** Lists a warning as long as there are not too many of them. */
  function warning(line: string): void {
    if (listed < LISTED_MAX || style.verbose) {
      listed += 1;
      notes(line);
    } else unlisted += 1;
  }

  function peer(event: Of<'peer'>): void {
    if (style.style === 'line' && !style.verbose) return;
    const held = `${countOf(event.entries, 'entry', 'entries')}, ${sizeText(event.bytes)}`;
    notes(
      `found ${screenText(event.name)} (${screenText(event.address)}): ${held}, ${event.equal ? 'equal' : 'differs'}`,
    );
  }

  function summary(event: SummaryEvent): void {
    progress?.end();
    for (const line of differences.take()) out.write(`${line}\n`);
    if (unlisted > 0) err.write(`p2psync: and ${countText(unlisted)} more warnings (-v or --json lists all)\n`);
    listed = 0;
    unlisted = 0;
    if (event.error !== undefined && event.exit !== 0) err.write(`p2psync: ${screenMessage(event.error.message)}\n`);
    if (event.command === 'listen') return;
    if (style.style === 'line') out.write(`${summaryLine(event)}\n`);
    else for (const line of summaryScreen(event, style.paint, planned)) out.write(`${line}\n`);
  }

  return {
    event(event) {
      progress?.event(event);
      switch (event.type) {
        case 'peer':
          return peer(event);
        case 'change':
          if (style.itemise) results(changeLine(event));
          return;
        case 'conflict':
          if (style.style === 'screen' || style.verbose) warning(conflictLine(event));
          return;
        case 'difference':
          return differences.add(event);
        case 'problem':
          return event.fatal ? notes(problemLine(event)) : warning(problemLine(event));
        case 'ready':
          return results(readyLine(event));
        case 'session':
          return results(sessionLine(event));
        case 'summary':
          return summary(event);
        case 'plan':
          planned = event;
          return;
        case 'start':
          planned = undefined;
          return;
        case 'progress':
          return;
      }
    },
    close() {
      progress?.close();
    },
  };
}

/** `p2psync: ready folder=Photos port=22327 addresses=192.168.1.2 peer=…`: a script may wait for it. */
function readyLine({ folder, port, addresses, peerId }: Of<'ready'>): string {
  return `p2psync: ready ${keyValues({ folder: folderName(folder), port, addresses: addresses.join(','), peer: peerId })}`;
}

function sessionLine({ folder, peer, outcome, error, created, updated, seconds }: Of<'session'>): string {
  const fields = {
    folder: folderName(folder),
    peer,
    outcome,
    new: created,
    changed: updated,
    time: durationText(seconds),
    error,
  };
  return `p2psync: session ${keyValues(fields)}`;
}
