/** The end of a run for somebody who watches: what happened, what it cost, what the delta saved, what to do next. */
import { screenMessage, screenText } from './escape.js';
import type { Paint } from './paint.js';
import { countOf, countText, durationText, percentText, sizeText } from './quantity.js';
import type { SummaryEvent } from './reporter.js';
import { folderName, outcomeOf } from './summary-line.js';

/** What a dry run would install, over all replicas. */
export interface Planned {
  readonly files: number;
  readonly bytes: number;
}

/** Lines without line ends. */
export function summaryScreen(event: SummaryEvent, paint: Paint, planned?: Planned): string[] {
  const lines = [headline(event, paint)];
  const changes = event.command === 'check' ? '' : changesText(event);
  if (changes !== '') lines.push(`  ${changes}`);
  if (event.restored > 0 && !event.dryRun) {
    lines.push(
      paint.dim(`  ${countText(event.restored)} restored: missing here, held by a peer; --delete would remove them`),
    );
  }
  if (event.conflicts > 0 && !event.dryRun) {
    lines.push(
      paint.warn(
        `  ${countOf(event.conflicts, 'conflict')}: both versions are kept; delete the copy that you do not want`,
      ),
    );
  }
  const traffic = event.dryRun ? plannedText(planned) : trafficText(event);
  if (traffic !== '') lines.push(`  ${traffic}`);
  return lines;
}

function headline(event: SummaryEvent, paint: Paint): string {
  const folder = paint.strong(screenText(folderName(event.folder)));
  const peers = countOf(event.peers.length, 'peer');
  const time = durationText(event.seconds);
  if (event.exit === 0 && event.error !== undefined)
    return `${folder}: ${paint.warn('skipped')} (${screenMessage(event.error.message)})`;
  if (event.exit === 1)
    return `${folder}: ${paint.warn(event.dryRun ? 'would change' : 'differs')} (${peers}, ${time})`;
  if (event.exit !== 0) return `${folder}: ${paint.bad(outcomeOf(event))} (${peers}, ${time}, exit ${event.exit})`;
  const held = `${countOf(event.entries, 'entry', 'entries')}, ${sizeText(event.bytes)}`;
  return `${folder}: ${paint.good(event.command === 'check' ? 'equal' : 'converged')} with ${peers} in ${time} (${held})`;
}

function changesText(event: SummaryEvent): string {
  const parts: string[] = [];
  const add = (count: number, text: string) => count > 0 && parts.push(`${countText(count)} ${text}`);
  add(event.created, 'new');
  add(event.updated, 'changed');
  add(event.metadata, 'with new metadata');
  add(event.deleted, 'deleted');
  if (parts.length === 0)
    return event.exit === 0 && event.conflicts === 0 && event.restored === 0 ? 'nothing to do' : '';
  return parts.join(', ');
}

function plannedText(planned: Planned | undefined): string {
  if (planned === undefined || planned.files === 0) return '';
  return `${countOf(planned.files, 'installation')} of ${sizeText(planned.bytes)} in all; the run says what the delta saves of it`;
}

/** Saved: content that was put together from what the receivers had, out of all content that was installed. */
function trafficText(event: SummaryEvent): string {
  const local = event.matchedBytes + event.reusedBytes;
  const content = event.literalBytes + local;
  if (event.wireSent + event.wireReceived === 0) return '';
  const wire = `sent ${sizeText(event.wireSent)}, received ${sizeText(event.wireReceived)}`;
  if (local === 0) return wire;
  return `${wire}; ${sizeText(local)} of ${sizeText(content)} was there already (${savedText(local, content)} saved)`;
}

/** A percentage of next to nothing would be a boast. */
function savedText(local: number, content: number): string {
  return local * 100 < content ? 'less than 1%' : percentText(local, content);
}
