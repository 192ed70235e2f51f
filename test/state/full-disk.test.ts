/** A state whose disk is full, or read-only: writing fails and says so, what was recorded is still there afterwards. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { at, entry, open, put } from './state-fixture.js';

const canMount = process.getuid?.() === 0 && spawnSync('mount', ['--version']).status === 0;

describe.runIf(canMount)('a disk in trouble (needs root to mount one)', () => {
  function mounted(): string {
    const disk = fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', disk]);
    onTestFinished(() => {
      execFileSync('umount', ['-l', disk]);
      fs.rmdirSync(disk);
    });
    return disk;
  }

  test('that turned read-only is an error that says so, not the end of the process, and costs no history', async () => {
    const disk = mounted();
    const directory = path.join(disk, 'state');
    const state = open(directory);
    const { replica } = state;
    await state.close();
    for (const file of ['state.mdb', 'state.mdb-lock'].map((name) => path.join(directory, name))) {
      execFileSync('mount', ['--bind', file, file]);
      execFileSync('mount', ['-o', 'remount,ro,bind', file]);
      expect(() => open(directory)).toThrow(/cannot be written: EROFS/);
      execFileSync('umount', [file]);
    }
    expect(open(directory).replica).toBe(replica);
  });

  test('that is full costs no history, however often writing is tried again', async () => {
    const disk = mounted();
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
