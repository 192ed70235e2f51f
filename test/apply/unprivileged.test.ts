import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../disk/temporary-directory.js';
import { treeOf } from './open-folder.js';
import { buildScript } from './traced-script.js';

/** The user `nobody` of most systems. */
const NOBODY = 65534;

test.runIf(process.getuid?.() === 0)('a user without privileges (needs root to become one)', () => {
  const directory = temporaryDirectory();
  fs.chownSync(directory, NOBODY, NOBODY);
  fs.writeFileSync(path.join(directory, 'foreign'), "root's", { mode: 0o600 });
  fs.mkdirSync(path.join(directory, 'theirs/d'), { recursive: true });
  const script = buildScript('unprivileged-script.ts');
  fs.chmodSync(path.dirname(script), 0o755);
  const user = { uid: NOBODY, gid: NOBODY, cwd: directory };
  const { stdout, stderr } = spawnSync(process.execPath, [script, directory], { encoding: 'utf8', ...user });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    'fills a read-only directory': 'done',
    'is refused in it afterwards': 'io',
    'unlocks it': 'done',
    'sets metadata of a file that it may not read': 'done',
    // Its inode may not get a second name (protected_hardlinks): it is replaced without a guard.
    "replaces another user's file in its own directory": 'done',
    "may not remove another user's directory": 'io',
    "may not write into another user's directory": 'io',
  });
  expect(treeOf(directory)).toEqual({ 'd/f': 'd/f', 'd/g': 'd/g', foreign: 'foreign' });
  const mode = (name: string): number => fs.lstatSync(path.join(directory, name)).mode & 0o777;
  expect(['d', 'd/f', 'd/g', 'foreign'].map(mode)).toEqual([0o555, 0o400, 0o600, 0o600]);
});
