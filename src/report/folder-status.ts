/** What `p2psync status` tells of one folder, as text and as JSON (docs/JSON.md, "status"). */
import type { RelPath } from '../model/path.js';
import { screenPath, screenText } from './escape.js';
import { JSON_VERSION, type JsonObject, nameFields } from './json-event.js';
import type { Paint } from './paint.js';
import { countOf, countText, durationText, sizeText } from './quantity.js';

export interface LastRun {
  /** Milliseconds since 1970. */
  readonly time?: number;
  readonly command?: string;
  readonly converged?: boolean;
  readonly peers?: number;
}

export interface FolderStatus {
  /** Last component of the path. */
  readonly folder: string;
  readonly path: string;
  /** Whether the folder and its marker are there now; if not, why. */
  readonly available: boolean;
  readonly reason?: string;
  /** Hex. */
  readonly group: string;
  readonly epoch: number;
  /** Absent until the first run. */
  readonly known?: {
    /** Hex. */
    readonly replica: string;
    readonly entries: number;
    readonly bytes: number;
    readonly conflicts: readonly RelPath[];
    readonly peers: readonly { readonly name: string; readonly address: string; readonly lastSeen: number }[];
    readonly lastRun?: LastRun;
  };
  readonly trash: { readonly files: number; readonly bytes: number };
}

/** Conflict copies shown one by one. */
const CONFLICTS_SHOWN = 20;

/** Lines without line ends. */
export function statusText(status: FolderStatus, now: number, paint: Paint): string[] {
  const lines = [`${paint.strong(screenText(status.folder))}  ${screenText(status.path)}`];
  const row = (name: string, value: string) => lines.push(`  ${name.padEnd(10)}${value}`);
  if (!status.available) row('folder', paint.bad(screenText(status.reason ?? 'not there')));
  row('group', `${status.group} (key ${status.epoch})`);
  if (status.known === undefined) row('last run', 'none yet');
  else knownRows(status.known, now, paint, row);
  if (status.trash.files > 0)
    row('trash', `${countOf(status.trash.files, 'file')}, ${sizeText(status.trash.bytes)} in .p2psync/trash`);
  return lines;
}

/** One object; the paths of conflict copies are names as everywhere in docs/JSON.md. */
export function statusJson({ known, trash, ...folder }: FolderStatus, now: Date): JsonObject {
  const opened =
    known === undefined
      ? {}
      : {
          replica: known.replica,
          entries: known.entries,
          bytes: known.bytes,
          conflicts: known.conflicts.map((path) => nameFields('path', path)),
          peers: known.peers.map(({ lastSeen, ...peer }) => ({ ...peer, lastSeen: new Date(lastSeen).toISOString() })),
          ...(known.lastRun === undefined ? {} : { lastRun: lastRunJson(known.lastRun) }),
        };
  return { v: JSON_VERSION, type: 'status', time: now.toISOString(), ...folder, ...opened, trash };
}

function knownRows(
  known: NonNullable<FolderStatus['known']>,
  now: number,
  paint: Paint,
  row: (name: string, value: string) => void,
): void {
  row('holds', `${countOf(known.entries, 'entry', 'entries')}, ${sizeText(known.bytes)} at the last scan`);
  row('last run', known.lastRun === undefined ? 'none yet' : lastRunText(known.lastRun, now));
  for (const { name, address, lastSeen } of known.peers) {
    row('peer', `${screenText(name)} (${screenText(address)}), seen ${agoText(lastSeen, now)}`);
  }
  if (known.conflicts.length === 0) return;
  row(
    'conflicts',
    paint.warn(`${countOf(known.conflicts.length, 'copy', 'copies')}; delete those that you do not want`),
  );
  for (const path of known.conflicts.slice(0, CONFLICTS_SHOWN)) row('', screenPath(path));
  const more = known.conflicts.length - CONFLICTS_SHOWN;
  if (more > 0) row('', `and ${countText(more)} more (--json lists all)`);
}

function lastRunText({ time, command, converged, peers }: LastRun, now: number): string {
  const parts = [
    command,
    time === undefined ? undefined : agoText(time, now),
    peers === undefined ? undefined : `with ${countOf(peers, 'peer')}`,
    converged === undefined ? undefined : converged ? 'converged' : 'not converged',
  ];
  return parts
    .filter((part) => part !== undefined)
    .map(screenText)
    .join(', ');
}

function agoText(time: number, now: number): string {
  return `${durationText((now - time) / 1000)} ago`;
}

function lastRunJson({ time, ...run }: LastRun): JsonObject {
  return time === undefined ? run : { time: new Date(time).toISOString(), ...run };
}
