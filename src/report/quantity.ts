/** Sizes, rates, durations and counts as people read them: short, without spaces, so that a line stays parseable. */

/** `0B`, `512B`, `1.5KiB`, `38MiB`: powers of 1,024, one decimal below ten. */
export function sizeText(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  // Compared after rounding, so that 1,048,575 bytes are 1MiB and never 1024KiB.
  while (unit < UNITS.length - 1 && Number(shortNumber(value)) >= 1024) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : shortNumber(value)}${UNITS[unit]}`;
}

/** `38MiB/s`. */
export function rateText(bytesPerSecond: number): string {
  return `${sizeText(bytesPerSecond)}/s`;
}

/** `0.4s`, `14s`, `2m05s`, `1h02m`, `3d04h`. */
export function durationText(seconds: number): string {
  if (seconds < 9.95) return `${shortNumber(Math.max(0, seconds))}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)}h${two(Math.floor((whole % 3_600) / 60))}m`;
  return `${Math.floor(whole / 86_400)}d${two(Math.floor((whole % 86_400) / 3_600))}h`;
}

/** `12,041`. */
export function countText(count: number): string {
  return String(Math.trunc(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 peer`, `3 peers`, `12,041 entries`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

/** Whole percent that never says 100 before it is all there, nor 0 once something is. */
export function percentText(part: number, whole: number): string {
  if (whole <= 0 || part >= whole) return '100%';
  if (part <= 0) return '0%';
  return `${Math.min(99, Math.max(1, Math.round((100 * part) / whole)))}%`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

function shortNumber(value: number): string {
  const tenths = Math.round(value * 10) / 10;
  return tenths < 10 ? String(tenths) : String(Math.round(value));
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
