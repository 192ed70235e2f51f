/** The end of a scan: files that were too young to be read, or moved while they were, are read now. */
import { localStatOf, sameStat } from '../disk/local-stat.js';
import { joinPath } from '../model/path.js';
import { read } from './examine.js';
import { Look } from './look.js';
import type { Postponed, ScanRun } from './scan-run.js';
import { troubleOf } from './trouble.js';
import { tickOf } from './young-file.js';

/** Reads of a file that moves each time; a log that grows all the while is left to the next run. */
const ATTEMPTS_MAX = 2;
/** Looks at a file that shows a new stat each time. */
const LOOKS_MAX = 4;

export async function examineLater(run: ScanRun): Promise<void> {
  for (let look = 1; run.postponed.length > 0; look++) {
    const round = run.postponed.splice(0);
    // Not by spreading them: where the clock was set back, all files of a large tree seem too young.
    const ready = round.reduce((latest, { found, since }) => Math.max(latest, since + tickOf(found.stats)), 0);
    await run.pace.sleep(ready - run.options.now());
    for (const postponed of round) {
      await again(run, postponed, look >= LOOKS_MAX);
      if (run.pace.isDue()) await run.pace.turn();
    }
  }
}

async function again(run: ScanRun, { found, attempts }: Postponed, isLast: boolean): Promise<void> {
  const { directory, name, recorded, dev } = found;
  const path = joinPath(directory, name);
  const since = run.options.now();
  try {
    const stats = new Look(run.options.root, directory).at(name);
    if (stats === undefined) {
      if (recorded !== undefined) run.miss(directory, recorded, dev);
      return;
    }
    const now = { ...found, stats };
    if (sameStat(localStatOf(stats), localStatOf(found.stats))) {
      if (await read(run, now)) return;
      postpone(run, { found: now, since, attempts: attempts + 1 }, isLast || attempts + 1 >= ATTEMPTS_MAX);
    } else {
      postpone(run, { found: now, since, attempts }, isLast);
    }
  } catch (error) {
    const trouble = troubleOf(error, path);
    if (trouble !== 'vanished') run.problems.unseen(trouble.code, path, trouble.message);
    else if (recorded !== undefined) run.miss(directory, recorded, dev);
  }
}

function postpone(run: ScanRun, postponed: Postponed, isLast: boolean): void {
  const { directory, name, stats } = postponed.found;
  if (!isLast && (stats.isFile() || stats.isSymbolicLink())) {
    run.postponed.push(postponed);
    return;
  }
  // Not unseen: that it is there is certain, so the scan is still complete.
  const message = 'changed while it was read; what is recorded of it stays, the next run takes it';
  run.problems.add({ code: 'changed', path: joinPath(directory, name), message, fatal: true });
}
