/**
 * The process is killed at each system call that changes the disk, or that call fails; then every path must hold
 * the whole old or the whole new content, and the next run must finish the work (invariants 8 and 9).
 * By default a sample; all of them with P2PSYNC_TEST_FULL=1.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openStage, STAGE_DIRECTORY } from '../../src/apply/stage.js';
import { openRoot } from '../../src/disk/anchored-root.js';
import { DISKS, temporaryDirectory } from '../disk/temporary-directory.js';
import { AFTER, apply, BEFORE, prepare } from './crash-scenario.js';
import { STAGE_OPTIONS, treeOf } from './open-folder.js';
import { buildScript, type Call, callsOf, canTrace, run, runInto } from './traced-script.js';

const FULL = process.env.P2PSYNC_TEST_FULL === '1';
/** Runs of each kind without FULL; each takes a quarter of a second. */
const SAMPLE = 6;
const disk = DISKS.at(-1);
/** A guard that a crash left alone; the sweep keeps what it holds. */
const RESCUED = /^\.p2psync\/trash\/[^/]+\/guard-[0-9a-z]+$/;

describe.runIf(canTrace)('under strace', { timeout: FULL ? 600_000 : 60_000 }, () => {
  test('the scenario gives the tree that is expected', () => {
    const directory = prepared();
    expect(run(buildScript('crash-script.ts'), directory).stdout).toBe('[]');
    expect(treeOf(directory)).toEqual(AFTER);
    expect(fs.readdirSync(path.join(directory, STAGE_DIRECTORY))).toEqual([]);
  });

  test('a call outside the scenario counts as none of its points', () => {
    const script = buildScript('crash-script.ts');
    expect(() => runInto(script, prepared, { name: 'openat', ordinal: 1 }, 'error=EACCES')).toThrow('changed nothing');
  });

  test('killed at any call, every path is whole, and another run finishes the work', () => {
    const script = buildScript('crash-script.ts');
    const calls = callsOf(script, prepared());
    expect(calls.length).toBeGreaterThan(50);
    for (const call of sample(calls)) {
      const where = `${call.name} ${call.ordinal}`;
      const { directory, ended } = runInto(script, prepared, call, 'signal=KILL');
      expect(ended.signal ?? ended.status, where).toBe('SIGKILL');
      expectWhole(directory, where);
      finish(directory, where);
    }
  });

  test('where any call fails, that path is reported and whole, the others are done, nothing stays staged', () => {
    const script = buildScript('crash-script.ts');
    const calls = callsOf(script, prepared()).filter(({ name }) => !['unlink', 'rmdir'].includes(name));
    for (const call of sample(calls)) {
      const where = `${call.name} ${call.ordinal}`;
      const { directory, ended } = runInto(script, prepared, call, 'error=ENOSPC');
      expect(JSON.parse(ended.stdout), where).toEqual(['io']);
      expectWhole(directory, where);
      expect(treeOf(path.join(directory, STAGE_DIRECTORY)), where).toEqual({});
      finish(directory, where);
    }
  });

  test.each(['EPERM', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS'])('without hard links (%s) the result is the same', (error) => {
    const directory = prepared();
    const { stdout } = run(buildScript('crash-script.ts'), directory, `link:error=${error}`);
    expect(stdout).toBe('[]');
    expect(treeOf(directory)).toEqual(AFTER);
    expect(fs.readdirSync(path.join(directory, STAGE_DIRECTORY))).toEqual([]);
  });
});

function prepared(): string {
  const directory = temporaryDirectory(disk);
  prepare(directory);
  return directory;
}

function sample(calls: readonly Call[]): readonly Call[] {
  if (FULL) return calls;
  const offset = Math.random();
  return Array.from({ length: SAMPLE }, (_, i) => calls[Math.floor(((i + offset) * calls.length) / SAMPLE)] as Call);
}

function expectWhole(directory: string, where: string): void {
  const tree = treeOf(directory);
  for (const [name, content] of Object.entries(tree)) {
    if (name.startsWith(`${STAGE_DIRECTORY}/`)) continue;
    expect([BEFORE[name], AFTER[name]], `${where}: ${name}`).toContain(content);
    if (content.startsWith('-> ')) continue;
    const { mtimeMs, mode } = fs.statSync(path.join(directory, name));
    if (BEFORE[name] !== AFTER[name] && content === AFTER[name] && content === 'new') {
      expect([mtimeMs, mode & 0o777], `${where}: ${name}`).toEqual([2000, 0o644]);
    }
  }
  // What has left its place must be where it was to go.
  const somewhere = (content: string, ...names: string[]): void => {
    expect(
      names.map((name) => tree[name]),
      `${where}: ${names}`,
    ).toContain(content);
  };
  for (const name of ['changed', 'kept', 'link', 'metadata', 'source', 'conflict']) {
    expect(tree[name], `${where}: ${name}`).toBeDefined();
  }
  somewhere('mine', 'conflict', 'conflict.copy');
  somewhere('gone', 'gone', '.p2psync/trash/1970-01-01T00-00-00Z/gone');
  somewhere('aside', 'aside', 'aside.copy');
  somewhere('old', 'kept', '.p2psync/backup/kept');
}

/** Sweeps what the crash left and runs the scenario here. */
function finish(directory: string, where: string): void {
  const root = openRoot(directory);
  const stage = openStage(root, STAGE_OPTIONS);
  expect(treeOf(path.join(directory, STAGE_DIRECTORY)), where).toEqual({});
  expect(apply(stage), where).toEqual([]);
  stage.close();
  root.close();
  const tree = treeOf(directory);
  for (const name of Object.keys(tree)) if (RESCUED.test(name)) delete tree[name];
  // A backup or a copy is made before the replacement; a second run may have made it twice.
  if (tree['.p2psync/backup/kept.1'] === 'old') delete tree['.p2psync/backup/kept.1'];
  expect(tree, where).toEqual(AFTER);
  expect(fs.readdirSync(path.join(directory, STAGE_DIRECTORY)), where).toEqual([]);
}
