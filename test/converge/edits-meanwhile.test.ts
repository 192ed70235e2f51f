/**
 * Invariant 7 over the real engine: at each event of a run, which stand between its steps, users write to a file that the
 * run is about to change and to one that it is not, on both machines. The same for every step of the planner's model is in
 * test/plan/invariants.test.ts, for every system call in test/apply/race.test.ts.
 */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { digestOf } from '../../src/model/digest.js';
import { DEFAULTS } from '../plan/world.js';
import { convergeHere, convergeWatched } from './converge-here.js';
import { failuresOf, picture, withSites } from './real-history.js';
import type { RealSite } from './real-site.js';

const now = Date.now;
vi.spyOn(Date, 'now').mockImplementation(() => now() + 1000); // else each scan waits until files are old enough

const BOTH = [true, true];

test('an edit at any event of a run survives it, and the next run is calm', { timeout: 120_000 }, async () => {
  let events = Number.POSITIVE_INFINITY;
  for (let nth = 0; nth < events; nth++) {
    await withSites(2, async (sites) => {
      await diverge(sites);
      let seen = 0;
      const edits: string[] = [];
      const edit = (): void => {
        if (seen++ !== nth) return;
        for (const { label, folder } of sites)
          for (const name of ['edited', 'd/deep', 'gone', 'still', 'new']) {
            if (!fs.existsSync(path.join(folder, path.dirname(name)))) continue;
            const content = `${label} ${name} at event ${nth}`;
            fs.writeFileSync(path.join(folder, name), content);
            edits.push(content);
          }
      };
      await convergeWatched(edit, sites, { ...DEFAULTS, deletes: true }, BOTH);
      events = Math.min(events, seen);
      expect(edits.length).toBeGreaterThan(0);
      for (const content of edits) expect(lives(sites, content), content).toBe(true);
      const said = await convergeHere(sites, DEFAULTS, BOTH);
      expect(failuresOf(said), `edits at event ${nth}`).toEqual([]);
      const [one, two] = sites as readonly [RealSite, RealSite];
      expect(picture(two)).toEqual(picture(one));
      for (const content of edits) expect(lives(sites, content), content).toBe(true);
    });
  }
  expect(events).toBeGreaterThan(8);
});

/** Something for a run to create, update, delete, and keep twice. */
async function diverge(sites: readonly RealSite[]): Promise<void> {
  const [one, two] = sites as readonly [RealSite, RealSite];
  const write = ({ folder }: RealSite, name: string, content: string): void => {
    fs.mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), content);
  };
  for (const name of ['edited', 'd/deep', 'gone', 'still']) write(one, name, `${name} of old`);
  await convergeHere(sites, DEFAULTS, BOTH);
  write(one, 'edited', 'edited by one');
  write(two, 'd/deep', 'd/deep by two');
  fs.rmSync(path.join(one.folder, 'gone'));
  write(one, 'new', 'new of one');
  write(two, 'new', 'new of two');
  write(two, 'e/other', 'other of two');
}

function lives(sites: readonly RealSite[], content: string): boolean {
  const digest = digestOf(Buffer.from(content));
  return sites.some((site) => site.live().has(digest) || site.trash.includes(digest));
}
