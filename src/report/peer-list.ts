/** What `p2psync peers` shows: a table for people, one object a peer for scripts (docs/JSON.md, "peers"). */
import { screenText } from './escape.js';
import { JSON_VERSION, type JsonObject } from './json-event.js';
import type { Paint } from './paint.js';
import { countOf, sizeText } from './quantity.js';

export interface ListedPeer {
  readonly name: string;
  readonly address: string;
  readonly replica: string;
  readonly entries: number;
  readonly bytes: number;
  readonly equal: boolean;
  /** Milliseconds. */
  readonly roundTrip: number | undefined;
}

export function peerJson({ roundTrip, ...peer }: ListedPeer, folder: string, now: Date): JsonObject {
  const { name, address, replica, entries, bytes, equal } = peer;
  const took = roundTrip === undefined ? {} : { roundTrip: Math.round(roundTrip * 1000) / 1e6 };
  return {
    v: JSON_VERSION,
    type: 'peer',
    time: now.toISOString(),
    folder,
    name,
    address,
    replica,
    entries,
    bytes,
    equal,
    ...took,
  };
}

/** Columns as wide as their widest cell; sorted by name. */
export function peerTable(peers: readonly ListedPeer[], paint: Paint): string[] {
  const rows = [...peers]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, address, roundTrip, entries, bytes, equal }) => [
      screenText(name),
      screenText(address),
      roundTrip === undefined ? 'gone' : `${roundTrip < 9.95 ? roundTrip.toFixed(1) : Math.round(roundTrip)}ms`,
      `${countOf(entries, 'entry', 'entries')}, ${sizeText(bytes)}`,
      equal ? paint.good('equal') : paint.warn('differs'),
    ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`);
}
