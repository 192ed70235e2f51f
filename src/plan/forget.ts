/**
 * When a replica forgets what is gone. Remembering costs space for ever; forgetting costs no content, only that a
 * replica which was away for longer brings back what was deleted meanwhile (docs/SEMANTICS.md, "What is forgotten").
 */
import type { LocalEntry } from '../model/entry.js';

const DAY_MS = 86_400_000;
/** How long a tombstone claims, and how long after that (or since the file went missing) its history is kept. */
export const REMEMBERED_MS = 365 * DAY_MS;

/**
 * The entry as it is to be recorded at `now` (milliseconds by this machine's clock): itself if nothing is to be
 * forgotten, undefined if it is forgotten altogether. A tombstone becomes `absent` first: it claims nothing more, but
 * its history still says that the same tombstone, from a replica that learned of it later, is no news (enforce.ts).
 * `claimsBelow`: a tombstone lies below it, which would be told to nobody if this one were not.
 */
export function forgetOld(entry: LocalEntry, now: number, claimsBelow = false): LocalEntry | undefined {
  if (entry.kind !== 'deleted' && entry.kind !== 'absent') return entry;
  if (entry.since === undefined) return { ...entry, since: now };
  if (now - entry.since < REMEMBERED_MS) return entry;
  if (entry.kind === 'deleted') return claimsBelow ? entry : { ...entry, kind: 'absent', since: now };
  return entry.tree === undefined ? undefined : entry; // what lies below it is forgotten first
}
