/** Node's version and until when it gets security fixes; whether this system lets paths be anchored. */
import { canAnchor } from '../../disk/anchored-root.js';
import type { Finding } from '../../report/finding.js';
import type { Invocation } from '../invocation.js';

/** Last day of each major version (schedule.json of github.com/nodejs/Release; odd ones live for half a year). */
export const END_OF_LIFE: ReadonlyMap<number, string> = new Map([
  [20, '2026-04-30'],
  [21, '2024-06-01'],
  [22, '2027-04-30'],
  [23, '2025-06-01'],
  [24, '2028-04-30'],
  [25, '2026-06-01'],
  [26, '2029-04-30'],
]);
const DAY = 86_400_000;
/** Days before the end from which on it is said. */
const SOON = 90;

export function* nodeFindings({ clock }: Pick<Invocation, 'clock'>): Generator<Finding> {
  yield nodeFinding(process.versions.node, clock());
  yield canAnchor()
    ? { about: 'system', level: 'good', message: `${process.platform}: paths are anchored to open directories` }
    : {
        about: 'system',
        level: 'note',
        message: `${process.platform}: parents of a path are checked before each use, which leaves a program of another user that may write into the folder a moment to swap one for a link`,
      };
}

/** `now`: milliseconds since 1970. */
export function nodeFinding(version: string, now: number): Finding {
  const last = END_OF_LIFE.get(Number(version.split('.')[0]));
  if (last === undefined) {
    return { about: 'node', level: 'note', message: `Node ${version}: this p2psync does not know its end of life` };
  }
  const days = Math.floor((Date.parse(last) + DAY - now) / DAY);
  if (days > SOON)
    return { about: 'node', level: 'good', message: `Node ${version}: gets security fixes until ${last}` };
  const message =
    days >= 0
      ? `Node ${version}: security fixes end in ${days} days, on ${last}`
      : `Node ${version}: no security fixes since ${last}`;
  return { about: 'node', level: 'warning', message, fix: `install Node ${newest(now)}, then npm install -g p2psync` };
}

/** The even version that lives longest of those with long-term support: long-term support begins two and a half years before. */
function newest(now: number): number {
  const out = [...END_OF_LIFE].filter(([major, last]) => major % 2 === 0 && Date.parse(last) - 2.5 * 365 * DAY < now);
  return Math.max(...out.map(([major]) => major));
}
