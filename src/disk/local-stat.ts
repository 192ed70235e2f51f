/** Reads of a file's stat as this program compares them. */
import type { Stats } from 'node:fs';
import type { LocalStat } from '../model/entry.js';

export function localStatOf(stats: Stats): LocalStat {
  return { dev: stats.dev, ino: stats.ino, size: stats.size, mtimeMs: stats.mtimeMs, ctimeMs: stats.ctimeMs };
}

/** Whether nothing suggests that the file changed between the two. */
export function sameStat(a: LocalStat, b: LocalStat): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.dev === b.dev;
}

/** mtime in whole microseconds (nearest), exact for the microsecond values that {@link secondsOf} sets. */
export function microsecondsOf(mtimeMs: number): number {
  return Math.round(mtimeMs * 1000);
}

/**
 * What to give to `utimes` so that exactly `microseconds` is stored: libuv truncates a double towards zero,
 * so half a microsecond is added away from it. Negative times go as text, because Node takes a negative
 * number for "now".
 */
export function secondsOf(microseconds: number): number | string {
  return microseconds < 0 ? String((microseconds - 0.5) / 1e6) : (microseconds + 0.5) / 1e6;
}
