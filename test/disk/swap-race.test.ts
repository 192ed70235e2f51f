/** A program swaps a directory for a symlink to the outside, in a loop, while this one creates files below it. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type AnchoredRoot, canAnchor, openRoot } from '../../src/disk/anchored-root.js';
import type { RelPath } from '../../src/model/path.js';
import { DISKS, temporaryDirectory } from './temporary-directory.js';

const SECONDS = 2;

const SWAPPER = `
  const fs = require('node:fs');
  const [root, outside] = process.argv.slice(1);
  process.chdir(root);
  process.stdout.write('ready');
  for (;;) {
    fs.renameSync('d', 'aside');
    fs.symlinkSync(outside, 'd');
    fs.unlinkSync('d');
    fs.renameSync('aside', 'd');
  }`;

test.runIf(canAnchor())(`no file escapes in ${SECONDS} s of swapping`, { timeout: 20_000 }, async () => {
  const base = temporaryDirectory(DISKS.at(-1));
  const [directory, outside] = [path.join(base, 'root'), path.join(base, 'outside')];
  fs.mkdirSync(path.join(directory, 'd/e'), { recursive: true });
  fs.mkdirSync(path.join(outside, 'e'), { recursive: true });
  const swapper = spawn(process.execPath, ['-e', SWAPPER, directory, outside], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await new Promise((resolve) => swapper.stdout.once('data', resolve));
    const outcome = attack(openRoot(directory), SECONDS * 1000);
    // The attack must have met the symlink often, or the test shows nothing.
    expect(outcome.refused).toBeGreaterThan(100);
    expect(outcome.made).toBeGreaterThan(100);
    expect(fs.readdirSync(outside, { recursive: true })).toEqual(['e']);
  } finally {
    swapper.kill('SIGKILL');
  }
});

function attack(root: AnchoredRoot, milliseconds: number): { made: number; refused: number } {
  const counts = { made: 0, refused: 0 };
  const end = performance.now() + milliseconds;
  for (let i = 0; performance.now() < end; i++) {
    // Half of the time the walk starts anew, half of the time it uses handles that are open.
    if (i % 2 === 0) root.forget('d' as RelPath);
    for (const name of [`d/f${i}`, `d/e/f${i}`]) {
      try {
        fs.writeFileSync(root.at(name as RelPath), '', { flag: 'wx' });
        counts.made++;
      } catch {
        counts.refused++;
      }
    }
  }
  root.close();
  return counts;
}
