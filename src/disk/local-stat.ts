/** Reads of a file's stat as this program compares them. */
import type { BigIntStats, Stats } from 'node:fs';
import type { LocalStat } from '../model/entry.js';

export function localStatOf(stats: Stats | BigIntStats): LocalStat {
  const { dev, ino, size } = stats;
  return {
    dev: Number(dev),
    ino: Number(ino),
    size: Number(size),
    mtimeMs: 'mtimeNs' in stats ? millisecondsOf(stats.mtimeNs) : stats.mtimeMs,
    ctimeMs: 'ctimeNs' in stats ? millisecondsOf(stats.ctimeNs) : stats.ctimeMs,
  };
}

/** Whether nothing suggests that the file changed between the two. */
export function sameStat(a: LocalStat, b: LocalStat): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.dev === b.dev;
}

/**
 * mtime in whole microseconds, floor. The milliseconds of plain `Stats` are too coarse to say which one it is. A time
 * before June 1684 or after June 2255 (NTFS writes 1601 where none is known) becomes the nearest that an entry can hold.
 */
export function microsecondsOf({ mtimeNs }: BigIntStats): number {
  const microseconds = Number((mtimeNs - (((mtimeNs % 1000n) + 1000n) % 1000n)) / 1000n);
  return Math.min(Math.max(microseconds, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}

/**
 * What to give to `utimes` so that exactly `microseconds` is stored: libuv truncates a double towards zero,
 * so half a microsecond is added away from it. Negative times go as text, because Node takes a negative
 * number for "now".
 */
export function secondsOf(microseconds: number): number | string {
  return microseconds < 0 ? String((microseconds - 0.5) / 1e6) : (microseconds + 0.5) / 1e6;
}

/** The very double that Node computes for plain `Stats`, so that the two kinds compare equal. */
function millisecondsOf(nanoseconds: bigint): number {
  const rest = nanoseconds % NS_PER_SECOND;
  const seconds = Number((nanoseconds - rest) / NS_PER_SECOND);
  return Number(rest) < 0 ? (seconds - 1) * 1000 + (Number(rest) + 1e9) / 1e6 : seconds * 1000 + Number(rest) / 1e6;
}

const NS_PER_SECOND = 1_000_000_000n;
