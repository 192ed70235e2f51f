/** A state whose disk is full while it is written to: writing fails, what was recorded is still there afterwards. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { at, entry, open, put } from './state-fixture.js';

const canMount = process.getuid?.() === 0 && spawnSync('mount', ['--version']).status === 0;

describe.runIf(canMount)('a disk that is full (needs root to mount one)', () => {
  test('costs no history, however often writing is tried again', async () => {
    const disk = fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', disk]);
    onTestFinished(() => {
      execFileSync('umount', ['-l', disk]);
      fs.rmdirSync(disk);
    });
    const directory = path.join(disk, 'state');
    const state = open(directory);
    const { replica } = state;
    put(state, 'kept', entry('kept'));

    const failures = [];
    for (let i = 0; i < 40; i++) {
      try {
        put(state, `d${i}`, ...Array.from({ length: 300 }, (_, k) => entry(`f${String(k).padStart(4, '0')}`)));
      } catch (error) {
        failures.push(error);
      }
    }
    expect(failures.length).toBeGreaterThan(1);
    for (const failure of failures) expect(failure).toMatchObject({ code: 'io' });
    expect(fs.readdirSync(directory).filter((file) => file.includes('damaged'))).toEqual([]);
    await state.close();

    execFileSync('mount', ['-o', 'remount,size=8m', disk]);
    const again = open(directory);
    expect(again.replica).toBe(replica);
    expect(again.directory(at('kept'))).toMatchObject([{ name: 'kept' }]);
    put(again, 'later', entry('later'));
    expect(again.directory(at('later'))).toMatchObject([{ name: 'later' }]);
  });
});
