/** The table of docs/SECURITY.md and the tests that it speaks of: none of its rows is without one for each side that it names. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const HOSTILE = 'test/e2e/hostile';
const ROW = /^\| (\d+) \| ([LIB]) \|/gm;
const NAME = /(?:test|\))\(\s*['`](\d+) ([LIB]): /g;

describe('the attacks of the security page', () => {
  const rows = [...fs.readFileSync('docs/SECURITY.md', 'utf8').matchAll(ROW)];
  const sources = fs
    .readdirSync(HOSTILE)
    .map((name) => fs.readFileSync(path.join(HOSTILE, name), 'utf8'))
    .join('\n');
  const tested = new Set([...sources.matchAll(NAME)].map(([, number, side]) => `${number} ${side}`));

  it('are twenty', () => {
    expect(rows.map(([, number]) => Number(number))).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it.each(rows.map(([, number, side]) => [number, side] as const))(
    '%s %s has tests that begin with it',
    (number, side) => {
      const has = (which: string): boolean => tested.has(`${number} ${which}`);
      expect(has(side as string) || (side === 'B' && has('L') && has('I'))).toBe(true);
    },
  );
});
