/** What is kept of a transfer that was cut, and the rule by which it goes. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { hasPartial, openPartial, PARTIAL_DIRECTORY, PARTIAL_MIN, sweepPartials } from '../../src/apply/partial.js';
import { openStage, STAGE_DIRECTORY } from '../../src/apply/stage.js';
import { ownerName } from '../../src/apply/stage-owner.js';
import { type Digest, digestOf, hexOf } from '../../src/model/digest.js';
import { openFolder, STAGE_OPTIONS } from './open-folder.js';

const DAY = 24 * 3600 * 1000;

function digestFor(text: string): Digest {
  return digestOf(Buffer.from(text));
}

test('the beginning of a large content is kept for its digest, the larger of two; a small one, or any other file, is not', () => {
  const folder = openFolder();
  const begin = (digest: Digest | undefined, size: number) => {
    const staged = folder.stage.create(digest);
    staged.write(Buffer.from('begun'), 0);
    staged.truncate(size);
    staged.suspend();
  };
  begin(digestFor('large'), PARTIAL_MIN + 2);
  begin(digestFor('large'), PARTIAL_MIN);
  begin(digestFor('small'), PARTIAL_MIN - 1);
  begin(undefined, PARTIAL_MIN);
  const kept = openPartial(folder.root, digestFor('large'));
  expect(kept?.size).toBe(PARTIAL_MIN + 2);
  const start = Buffer.alloc(5);
  expect(kept?.read(start, 0)).toBe(5);
  expect(start.toString()).toBe('begun');
  kept?.close();
  expect(hasPartial(folder.root, digestFor('small'))).toBe(false);
  expect(fs.readdirSync(folder.real(PARTIAL_DIRECTORY))).toHaveLength(1);
  expect(folder.staged().filter((name) => !name.startsWith('partial'))).toEqual([]);
});

test('what a killed process was receiving is kept by the sweep, and nothing else of it', () => {
  const folder = openFolder();
  folder.stage.close();
  // No process has this number.
  const left = folder.real(`${STAGE_DIRECTORY}/${ownerName('00').replace(/-[0-9]+-/, '-4194305-')}`);
  fs.mkdirSync(left);
  fs.writeFileSync(path.join(left, `part-0-${hexOf(digestFor('cut'))}`), '');
  fs.truncateSync(path.join(left, `part-0-${hexOf(digestFor('cut'))}`), PARTIAL_MIN);
  fs.writeFileSync(path.join(left, 'file-1'), 'x');
  openStage(folder.root, STAGE_OPTIONS).close();
  expect(hasPartial(folder.root, digestFor('cut'))).toBe(true);
  expect(fs.readdirSync(folder.real(STAGE_DIRECTORY))).toEqual(['partial']);
});

test('a kept beginning goes after a week, and the oldest of more than sixteen', () => {
  const folder = openFolder();
  for (let i = 0; i < 20; i++) {
    const staged = folder.stage.create(digestFor(`${i}`));
    staged.truncate(PARTIAL_MIN);
    fs.utimesSync(folder.real(staged.path), i + 1, i + 1);
    staged.suspend();
  }
  // Each was kept at a moment when it was decades old: only the rule for age has had its say.
  expect(fs.readdirSync(folder.real(PARTIAL_DIRECTORY))).toEqual([]);
  for (let i = 0; i < 20; i++) {
    fs.writeFileSync(folder.real(`${PARTIAL_DIRECTORY}/${hexOf(digestFor(`${i}`))}`), '');
    fs.utimesSync(folder.real(`${PARTIAL_DIRECTORY}/${hexOf(digestFor(`${i}`))}`), i + 1, i + 1);
  }
  sweepPartials(folder.root, 7 * DAY);
  const left = fs.readdirSync(folder.real(PARTIAL_DIRECTORY));
  expect(left).toHaveLength(16);
  expect(hasPartial(folder.root, digestFor('3'))).toBe(false);
  expect(hasPartial(folder.root, digestFor('4'))).toBe(true);
  sweepPartials(folder.root, 8 * DAY);
  expect(fs.readdirSync(folder.real(PARTIAL_DIRECTORY))).toEqual([]);
});

test('a symlink where a kept beginning should be is not followed', () => {
  const folder = openFolder();
  fs.mkdirSync(folder.real(PARTIAL_DIRECTORY));
  fs.symlinkSync('/etc/passwd', folder.real(`${PARTIAL_DIRECTORY}/${hexOf(digestFor('x'))}`));
  expect(openPartial(folder.root, digestFor('x'))).toBeUndefined();
});
