import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freeBytes, lackOfSpace } from '../../src/apply/free-space.js';
import { installFile } from '../../src/apply/install.js';
import { openStage } from '../../src/apply/stage.js';
import { openRoot } from '../../src/disk/anchored-root.js';
import { temporaryDirectory } from '../disk/temporary-directory.js';
import { at, openFolder, STAGE_OPTIONS, treeOf } from './open-folder.js';

test('what fits passes; otherwise the message says how many bytes are missing', () => {
  const { root } = openFolder();
  const free = freeBytes(root);
  expect(free).toBeGreaterThan(0);
  expect(lackOfSpace('here', free, free)).toBeUndefined();
  expect(lackOfSpace('here', free + 17, free)).toMatchObject({
    code: 'io',
    message: expect.stringContaining(': 17 bytes are missing'),
  });
});

/** A memory disk of one MiB, which only root can mount, in a place of its own. */
const canMount = process.getuid?.() === 0 && spawnSync('mount', ['--version']).status === 0;

describe.runIf(canMount)('on a full disk (needs root to mount one)', () => {
  test('content that does not fit is an io error, nothing is staged or changed, and small files still work', () => {
    const directory = temporaryDirectory();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory]);
    onTestFinished(() => void execFileSync('umount', [directory]));
    const root = openRoot(directory);
    const stage = openStage(root, STAGE_OPTIONS);
    fs.writeFileSync(`${directory}/f`, 'old');
    const full = expect.objectContaining({ code: 'io', message: expect.stringContaining('ENOSPC') });
    expect(() => stage.fromBytes(randomBytes(2_000_000))).toThrow(full);
    const staged = stage.create();
    expect(() => {
      for (let i = 0; i < 20; i++) staged.write(randomBytes(100_000), i * 100_000);
    }).toThrow(full);
    staged.discard();
    expect(treeOf(directory)).toEqual({ f: 'old' });
    installFile(root, at('g'), stage.fromBytes(Buffer.from('fits')), { mtime: 0, mode: 0o644 }, undefined);
    expect(treeOf(directory)).toEqual({ f: 'old', g: 'fits' });
    stage.close();
    root.close();
  });
});
