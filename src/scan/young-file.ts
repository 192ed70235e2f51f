/**
 * Files that were changed just now. A file system stamps times in ticks (4 to 10 ms on Linux, 2 s on FAT): if
 * a file is read and then changed within the tick of its last change, its stat is the same before and after,
 * and the change would never be seen. (git calls this "racily clean".) So the content of a file is read only
 * when its tick is over: when its last change is older than a tick, or when it was seen unchanged a tick ago.
 * The latter holds whatever the clock of the file server says.
 */
import type { Stats } from 'node:fs';

/** Milliseconds; more than a tick of any kernel. */
const TICK = 25;
/** Milliseconds, for file systems that store whole (FAT: even) seconds. */
const COARSE_TICK = 2100;

/** Milliseconds for which a file must have been seen unchanged. */
export function tickOf(stats: Stats): number {
  return stats.ctimeMs % 1000 === 0 && stats.mtimeMs % 1000 === 0 ? COARSE_TICK : TICK;
}

/** `now`: milliseconds since 1970. A time in the future tells nothing of the age, so it counts as young. */
export function isYoung(stats: Stats, now: number): boolean {
  return stats.ctimeMs > now - tickOf(stats);
}
