/**
 * Files that were changed just now. A file system stamps times in ticks (4 to 10 ms on Linux, 2 s on FAT): if
 * a file is read and then changed within the tick of its last change, its stat is the same before and after,
 * and the change would never be seen. (git calls this "racily clean".) So the content of a file is read only
 * when its tick is over: when its last change is older than a tick, or when it was seen unchanged a tick ago.
 * The latter holds whatever the clock of the file server says.
 */
import type { LocalStat } from '../model/entry.js';

type Times = Pick<LocalStat, 'mtimeMs' | 'ctimeMs'>;

/** Milliseconds; more than a tick of any kernel. */
const TICK = 25;
/** Milliseconds, for file systems that store whole (FAT: even) seconds. */
const COARSE_TICK = 2100;

/** Milliseconds for which a file must have been seen unchanged. */
export function tickOf(stats: Times): number {
  return isCoarse(stats) ? COARSE_TICK : TICK;
}

/** `now`: milliseconds since 1970. A time in the future tells nothing of the age, so it counts as young. */
export function isYoung(stats: Times, now: number): boolean {
  return stats.ctimeMs > now - tickOf(stats);
}

/**
 * The stat to record of a file that this program has given its content or its times. Where seconds are stored, one whose
 * mtime is of this very second could be edited within it and show the same stat: what is recorded then is a stat that it
 * never has, so that the next scan reads it. (A finer mtime comes from another place and time, and no edit repeats it.)
 */
export function statToRecord(stat: LocalStat): LocalStat {
  const isOfNow = isCoarse(stat) && Math.abs(stat.ctimeMs - stat.mtimeMs) < COARSE_TICK;
  return isOfNow ? { ...stat, ctimeMs: stat.ctimeMs - 1 } : stat;
}

function isCoarse({ mtimeMs, ctimeMs }: Times): boolean {
  return ctimeMs % 1000 === 0 && mtimeMs % 1000 === 0;
}
