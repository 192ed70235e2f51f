/** What a user without privileges does in the folder that is named; prints what came of each step. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { finishDirectory, makeDirectory, removeDirectory, unlockDirectory } from '../../src/apply/directory.js';
import { installFile } from '../../src/apply/install.js';
import { setMetadata } from '../../src/apply/set-metadata.js';
import { openStage } from '../../src/apply/stage.js';
import { openRoot } from '../../src/disk/anchored-root.js';
import { localStatOf } from '../../src/disk/local-stat.js';
import type { RelPath } from '../../src/model/path.js';

const root = openRoot(process.argv[2] ?? '');
const stage = openStage(root, { random: randomBytes, now: Date.now });
const at = (path: string): RelPath => path as RelPath;
const install = (path: string, mode: number): void => {
  const there = fs.lstatSync(root.at(at(path)), { throwIfNoEntry: false });
  const expected = there === undefined ? undefined : localStatOf(there);
  installFile(root, at(path), stage.fromBytes(Buffer.from(path)), { mtime: 1, mode }, expected);
};

const steps: Record<string, () => unknown> = {
  'fills a read-only directory': () => {
    makeDirectory(root, at('d'), 0o555);
    install('d/f', 0o444);
    finishDirectory(root, at('d'), 0o555);
  },
  'is refused in it afterwards': () => install('d/g', 0o444),
  'unlocks it': () => {
    const mode = unlockDirectory(root, at('d'));
    install('d/g', 0);
    install('d/f', 0o400);
    finishDirectory(root, at('d'), mode ?? 0);
  },
  'sets metadata of a file that it may not read': () => {
    const expected = localStatOf(fs.lstatSync(root.at(at('d/g'))));
    setMetadata(root, at('d/g'), { mtime: 2, mode: 0o600 }, expected);
  },
  "replaces another user's file in its own directory": () => install('foreign', 0o600),
  "may not remove another user's directory": () => removeDirectory(root, at('theirs/d')),
  "may not write into another user's directory": () => install('theirs/f', 0o600),
};

const outcome: Record<string, string> = {};
for (const [name, step] of Object.entries(steps)) {
  try {
    step();
    outcome[name] = 'done';
  } catch (error) {
    outcome[name] = (error as { code?: string }).code ?? String(error);
  }
}
stage.close();
process.stdout.write(JSON.stringify(outcome));
