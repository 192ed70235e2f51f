import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { WorkerPool } from '../../src/disk/worker-pool.js';
import { temporaryDirectory } from './temporary-directory.js';

/** A script like those that are built: doubles numbers, fails for 13, ends at 0. */
const SCRIPT = `
import { parentPort } from 'node:worker_threads';
parentPort.on('message', (n) => {
  if (n === 0) process.exit(1);
  parentPort.postMessage(n === 13 ? { error: new Error('unlucky'), sync: 'changed' } : { value: n * 2 });
});`;

function makePool(threads: number): WorkerPool<number, number> {
  const file = path.join(temporaryDirectory(), 'worker.mjs');
  fs.writeFileSync(file, SCRIPT);
  return new WorkerPool(pathToFileURL(file), () => -1, threads);
}

test('a thread answers one task after another, in order for each', async () => {
  const pool = makePool(1);
  expect(await pool.run(1)).toBe(2);
  expect(await Promise.all([2, 3, 4].map((n) => pool.run(n)))).toEqual([4, 6, 8]);
  expect(pool.pending).toBe(0);
  await pool.close();
});

test('what fails in a thread fails the task alone, with its code', async () => {
  const pool = makePool(2);
  const results = await Promise.allSettled([1, 13, 3].map((n) => pool.run(n)));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  await expect(pool.run(13)).rejects.toMatchObject({ code: 'changed', message: 'unlucky' });
  await pool.close();
});

test('a thread that ends takes its task with it, and another takes its place', async () => {
  const pool = makePool(1);
  await expect(pool.run(0)).rejects.toMatchObject({ code: 'io' });
  expect(await pool.run(5)).toBe(10);
  await pool.close();
});

test('without the script the work is done here', async () => {
  const pool = new WorkerPool<number, number>(pathToFileURL('/nowhere/worker.js'), (n) => n + 1);
  expect(pool.threads).toBe(0);
  expect(await pool.run(1)).toBe(2);
  await pool.close();
});
