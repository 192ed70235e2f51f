/** Holds the names in one directory against its record, and returns the directories among them. */
import type { Stats } from 'node:fs';
import { NO_DIGEST } from '../model/digest.js';
import { isLive, type LocalEntry } from '../model/entry.js';
import { joinPath, type Name, type RelPath } from '../model/path.js';
import type { LocalDirectory } from '../state/folder-state.js';
import { countFile, examine } from './examine.js';
import type { DirectoryFilter, Verdict } from './filter.js';
import type { Listing } from './list-directory.js';
import { Look } from './look.js';
import type { Found, ScanRun } from './scan-run.js';
import { troubleOf } from './trouble.js';

/** A name with what is recorded and what is there; at least one of them is given. */
interface Seen {
  readonly name: Name;
  readonly recorded: LocalEntry | undefined;
  readonly stats: Stats | undefined;
  readonly asRecorded: boolean;
}

export async function compareDirectory(
  run: ScanRun,
  path: RelPath,
  listing: Listing,
  rules: DirectoryFilter,
): Promise<Found[]> {
  const record = run.options.state.directory(path) ?? [];
  for (const recorded of record) if (isStale(recorded)) run.missBelow(path, recorded, listing.dev);
  const seen = await lookAround(run, path, listing.names, record, rules.isActive);
  const verdicts = rules.isActive ? rules.judge(seen.map(candidateOf)) : undefined;
  const directories: Found[] = [];
  for (const { name, recorded, stats, asRecorded } of seen) {
    const verdict: Verdict = verdicts?.get(name) ?? 'taken';
    if (verdict === 'ignored' && recorded !== undefined) run.withdraw(path, recorded);
    if (verdict !== 'taken') continue;
    if (stats === undefined) run.miss(path, recorded as LocalEntry, listing.dev);
    else if (asRecorded) countFile(run, path, name, stats);
    else {
      const found: Found = { directory: path, name, recorded, stats, dev: listing.dev };
      if (await examine(run, found)) directories.push(found);
      if (run.pace.isDue()) await run.pace.turn();
    }
  }
  return directories;
}

/**
 * Whether something is recorded as live below what is no directory: a run replaced or removed a directory that a user had
 * emptied meanwhile. (A summary that is to be computed anew may still count what is settled.)
 */
function isStale({ kind, tree }: LocalEntry): boolean {
  return kind !== 'directory' && kind !== 'absent' && tree !== undefined && tree.full !== NO_DIGEST && tree.entries > 0;
}

/**
 * Stats of all names, and the recorded names that are not there. `all` false: without those that are as
 * recorded, which are only counted. What cannot be looked at is reported and left as it is recorded.
 */
async function lookAround(
  run: ScanRun,
  path: RelPath,
  names: readonly Name[],
  record: LocalDirectory,
  all: boolean,
): Promise<Seen[]> {
  const look = new Look(run.options.root, path);
  const seen: Seen[] = [];
  let next = 0;
  for (const name of names) {
    for (; next < record.length && (record[next] as LocalEntry).name < name; next++) {
      lookForMissing(run, path, look, record[next] as LocalEntry, seen);
    }
    const recorded = record[next]?.name === name ? record[next++] : undefined;
    const same = recorded === undefined ? undefined : look.ifAsRecorded(recorded);
    if (same !== undefined && !all) countFile(run, path, name, same);
    else {
      const stats = same ?? lookAt(run, path, look, name);
      if (stats === 'missing') {
        if (recorded !== undefined && isLive(recorded))
          seen.push({ name, recorded, stats: undefined, asRecorded: false });
      } else if (stats !== 'unseen') seen.push({ name, recorded, stats, asRecorded: same !== undefined });
    }
    if (run.pace.isDue()) await run.pace.turn();
  }
  for (; next < record.length; next++) lookForMissing(run, path, look, record[next] as LocalEntry, seen);
  return seen;
}

/** A name that a listing does not show may still be there: some file systems lose one that is just renamed over. */
function lookForMissing(run: ScanRun, path: RelPath, look: Look, recorded: LocalEntry, seen: Seen[]): void {
  if (!isLive(recorded)) return;
  const stats = lookAt(run, path, look, recorded.name);
  if (stats === 'unseen') return;
  seen.push({ name: recorded.name, recorded, stats: stats === 'missing' ? undefined : stats, asRecorded: false });
}

function lookAt(run: ScanRun, path: RelPath, look: Look, name: Name): Stats | 'missing' | 'unseen' {
  try {
    return look.at(name) ?? 'missing';
  } catch (error) {
    const trouble = troubleOf(error, joinPath(path, name));
    if (trouble === 'vanished') return 'missing';
    run.problems.unseen(trouble.code, joinPath(path, name), trouble.message);
    return 'unseen';
  }
}

function candidateOf({ name, recorded, stats }: Seen): { name: Name; isDirectory: boolean } {
  return { name, isDirectory: stats === undefined ? recorded?.kind === 'directory' : stats.isDirectory() };
}
