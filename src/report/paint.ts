/** Colours for a terminal, or none (NO_COLOR, --no-color, a pipe). Wraps text that is escaped already. */

export type Paint = Readonly<Record<'good' | 'bad' | 'warn' | 'dim' | 'strong', (text: string) => string>>;

export function paintOf(colour: boolean): Paint {
  const wrap = (on: number, off: number) => (text: string) => (colour ? `\x1b[${on}m${text}\x1b[${off}m` : text);
  return { good: wrap(32, 39), bad: wrap(31, 39), warn: wrap(33, 39), dim: wrap(2, 22), strong: wrap(1, 22) };
}
