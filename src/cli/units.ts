/**
 * Values with units as people type them. Plain numbers are seconds where a time is meant and bytes where a size
 * is meant. Nothing is guessed: what does not fit is an error that says what was expected.
 */

/** Milliseconds of `3`, `3s`, `250ms`, `1.5m`, `2h`, `1d`; undefined when it is no time. */
export function parseDuration(text: string): number | undefined {
  return parseQuantity(text, DURATIONS, 's');
}

/** Bytes of `4096`, `10MiB`, `1.5G`, `2MB`, `10MiB/s`; undefined when it is no size. */
export function parseSize(text: string): number | undefined {
  return parseQuantity(text.replace(/\/s$/, ''), SIZES, '');
}

/** A decimal whole number from `least` to `most`, written without sign, exponent or leading zeros. */
export function parseWhole(text: string, least: number, most: number): number | undefined {
  if (!/^(0|[1-9]\d{0,14})$/.test(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}

const DURATIONS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

// One letter means the power of 1,024, as in rsync and scp; KB, MB … the power of 1,000.
const SIZES: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ...['k', 'm', 'g', 't'].flatMap((letter, power): [string, number][] => [
    [letter, 1024 ** (power + 1)],
    [`${letter}ib`, 1024 ** (power + 1)],
    [`${letter}b`, 1000 ** (power + 1)],
  ]),
]);

function parseQuantity(text: string, units: ReadonlyMap<string, number>, plain: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,6})?) ?([a-z]*)$/i.exec(text);
  if (match === null) return undefined;
  const unit = units.get(match[2] === '' ? plain : (match[2] as string).toLowerCase());
  if (unit === undefined) return undefined;
  const value = Math.round(Number(match[1]) * unit);
  return Number.isSafeInteger(value) ? value : undefined;
}
