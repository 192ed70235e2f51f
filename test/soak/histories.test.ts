/**
 * The random histories of test/plan/invariants.test.ts, two million of them in two processes: P2PSYNC_HISTORIES sets
 * how many, P2PSYNC_SEED from which one on. Bundled first, which makes them several times as quick.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../disk/temporary-directory.js';
import { SEED } from '../plan/seeds.js';

const HISTORIES = Number(process.env.P2PSYNC_HISTORIES ?? 2_000_000);
const WORKERS = 2;
const run = promisify(execFile);

test(`the invariants hold over ${HISTORIES} histories (seed ${SEED})`, { timeout: 14_400_000 }, async () => {
  const worker = path.join(temporaryDirectory(path.resolve('node_modules')), 'worker.mjs');
  await build({
    entryPoints: [new URL('history-worker.ts', import.meta.url).pathname],
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['@napi-rs/*'],
    outfile: worker,
    logLevel: 'error',
  });
  const share = Math.ceil(HISTORIES / WORKERS);
  const shares = Array.from({ length: WORKERS }, (_, i) => [worker, String(SEED + i * share), String(share)]);
  const started = performance.now();
  const results = await Promise.all(shares.map((args) => run(process.execPath, args)));
  const found = results.map(({ stdout }) => JSON.parse(stdout) as { late: number; failure?: string });
  const late = found.reduce((sum, each) => sum + each.late, 0);
  const seconds = (performance.now() - started) / 1000;
  console.log(`${HISTORIES} histories from seed ${SEED} in ${seconds.toFixed(0)} s; ${late} told late of a history`);
  expect(found.flatMap(({ failure }) => failure ?? [])).toEqual([]);
});
