import fs from 'node:fs';
import { expect, test } from 'vitest';
import type { LocalEntry } from '../../src/model/entry.js';
import type { Name, RelPath } from '../../src/model/path.js';
import { REMEMBERED_MS } from '../../src/plan/forget.js';
import { forgetGone } from '../../src/scan/forget-gone.js';
import { makeFolder } from './scan-fixture.js';

const DAY = 86_400_000;
const THEN = 1_700_000_000_000;

test('tombstones are looked at once a day, claim for a year, and leave no trace after another one', async () => {
  const folder = makeFolder({ keep: 'k', d: { x: 'x', e: { y: 'y' } } });
  await folder.rescan();
  fs.rmSync(`${folder.path}/d`, { recursive: true });
  await folder.rescan(true);
  const kinds = () => folder.recorded().join(', ');
  expect(kinds()).toBe('d deleted, d/e deleted, d/e/y deleted, d/x deleted, keep file');
  forgetGone(folder.state, THEN);
  forgetGone(folder.state, THEN + REMEMBERED_MS - DAY);
  expect(kinds()).toBe('d deleted, d/e deleted, d/e/y deleted, d/x deleted, keep file');
  const claiming = folder.state.settle().full;
  forgetGone(folder.state, THEN + REMEMBERED_MS);
  expect(kinds()).toBe('d absent, d/e absent, d/e/y absent, d/x absent, keep file');
  expect(folder.state.settle().full).not.toBe(claiming);
  for (let day = 0; day < 4; day++) {
    forgetGone(folder.state, THEN + 2 * REMEMBERED_MS + day * DAY);
    folder.state.settle();
  }
  expect(kinds()).toBe('keep file');
});

test('a day has one look: what is gone since then is stamped by the next', async () => {
  const folder = makeFolder({ a: 'a', b: 'b' });
  await folder.rescan();
  forgetGone(folder.state, THEN);
  fs.rmSync(`${folder.path}/a`);
  await folder.rescan(true);
  forgetGone(folder.state, THEN + DAY - 1);
  expect(folder.entry('a')?.since).toBeUndefined();
  forgetGone(folder.state, THEN + DAY);
  expect(folder.entry('a')).toMatchObject({ kind: 'deleted', since: THEN + DAY });
});

test('a deleted directory is remembered as long as a later deletion below it', async () => {
  const folder = makeFolder({ d: { x: 'x' } });
  await folder.rescan();
  fs.rmSync(`${folder.path}/d`, { recursive: true });
  await folder.rescan(true);
  forgetGone(folder.state, THEN);
  const later = { ...(folder.entry('d/x') as LocalEntry), name: 'y' as Name, since: THEN + DAY };
  folder.state.update([{ path: 'd' as RelPath, edit: (entries) => [...(entries ?? []), later] }]);
  forgetGone(folder.state, THEN + REMEMBERED_MS);
  expect(folder.recorded()).toEqual(['d deleted', 'd/x absent', 'd/y deleted']);
  forgetGone(folder.state, THEN + REMEMBERED_MS + DAY);
  expect(folder.recorded()).toEqual(['d absent', 'd/x absent', 'd/y absent']);
});
