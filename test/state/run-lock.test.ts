import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { takeRunLock } from '../../src/state/run-lock.js';
import { stateDirectory } from './state-fixture.js';

test('a second run is refused while the first one holds the lock, and let in afterwards', () => {
  const directory = stateDirectory();
  const lock = takeRunLock(directory);
  expect(() => takeRunLock(directory)).toThrow(expect.objectContaining({ code: 'locked' }));
  lock.release();
  takeRunLock(directory).release();
  expect(fs.readdirSync(directory)).toEqual([]);
});

test('the lock of a process that is gone is taken over, also if its number was given out anew', async () => {
  const directory = stateDirectory();
  const child = spawn(process.execPath, ['-e', '0']);
  await new Promise((resolve) => child.once('exit', resolve));
  fs.writeFileSync(path.join(directory, 'run.lock'), `${child.pid} 12345`);
  takeRunLock(directory).release();
  fs.writeFileSync(path.join(directory, 'run.lock'), `${process.pid} 1`);
  takeRunLock(directory).release();
  fs.writeFileSync(path.join(directory, 'run.lock'), 'torn');
  takeRunLock(directory).release();
});
