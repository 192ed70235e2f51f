/**
 * The one line that a run leaves where nobody watches (cron, logs):
 * `p2psync: ok folder=Photos peers=2 new=41 changed=6 restored=0 conflicts=1 sent=38MiB received=2MiB time=14s`.
 * Scripts match on it: fields keep their order and names; new ones go behind.
 */
import { keyValues } from './key-value.js';
import { durationText, sizeText } from './quantity.js';
import type { SummaryEvent } from './reporter.js';

export function summaryLine(event: SummaryEvent): string {
  const fields = event.command === 'check' ? checkFields(event) : runFields(event);
  return `p2psync: ${outcomeOf(event)} ${keyValues({ folder: folderName(event.folder), ...fields, ...commonFields(event) })}`;
}

/** One word for an exit status; `ok` only for 0. */
export function outcomeOf(event: SummaryEvent): string {
  if (event.exit === 0) return event.error === undefined ? 'ok' : 'skipped';
  return OUTCOMES[event.exit] ?? 'failed';
}

/** The last component of the folder's path, or the path itself where it has none. */
export function folderName(folder: string): string {
  return folder.split(/[\\/]/).findLast((part) => part !== '') ?? folder;
}

const OUTCOMES: Readonly<Record<number, string>> = {
  1: 'differs',
  2: 'usage',
  20: 'not-joined',
  21: 'no-peers',
  22: 'auth',
  23: 'partial',
  26: 'conflicts',
  27: 'locked',
  28: 'version',
  30: 'timeout',
  70: 'bug',
  130: 'interrupted',
  143: 'terminated',
};

function runFields(event: SummaryEvent) {
  return {
    peers: event.peers.length,
    new: event.created,
    changed: event.updated + event.metadata,
    restored: event.restored,
    conflicts: event.conflicts,
  };
}

function checkFields(event: SummaryEvent) {
  const unequal = event.peers.filter((peer) => !peer.equal).length;
  return { peers: event.peers.length, unequal, entries: event.entries, size: sizeText(event.bytes) };
}

/** `deleted`, `problems` and `exit` only where there is something to say: the usual line stays as it is documented. */
function commonFields(event: SummaryEvent) {
  return {
    sent: sizeText(event.wireSent),
    received: sizeText(event.wireReceived),
    time: durationText(event.seconds),
    deleted: event.deleted > 0 ? event.deleted : undefined,
    problems: event.problems > 0 ? event.problems : undefined,
    'dry-run': event.dryRun ? 'yes' : undefined,
    exit: event.exit > 1 ? event.exit : undefined,
  };
}
