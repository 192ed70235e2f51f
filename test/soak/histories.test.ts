/**
 * The random histories of test/plan/invariants.test.ts, two million of them: P2PSYNC_HISTORIES sets how many,
 * P2PSYNC_SEED from which one on, P2PSYNC_WORKERS in how many processes. Bundled first, which makes them several times as
 * quick. Says on standard error how far it is, and what failed as soon as it did.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../disk/temporary-directory.js';
import { SEED } from '../plan/seeds.js';

const HISTORIES = Number(process.env.P2PSYNC_HISTORIES ?? 2_000_000);
const WORKERS = Number(process.env.P2PSYNC_WORKERS ?? 2);

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
  const progress = new Progress();
  const failures = await Promise.all(
    Array.from({ length: WORKERS }, (_, i) => play(worker, SEED + i * share, share, progress)),
  );
  expect(failures.flat()).toEqual([]);
  expect(progress.checked).toBe(share * WORKERS);
});

/** Resolves to what failed among `count` histories from seed `first` on. */
async function play(worker: string, first: number, count: number, progress: Progress): Promise<string[]> {
  const child = spawn(process.execPath, [worker, String(first), String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const failures: string[] = [];
  let checked = 0;
  for await (const line of createInterface(child.stdout)) {
    const said = JSON.parse(line) as { readonly checked?: number; readonly failure?: string };
    if (said.failure !== undefined) {
      failures.push(said.failure);
      process.stderr.write(`${said.failure}\n`);
    }
    if (said.checked === undefined) continue;
    progress.add(said.checked - checked, first + said.checked - 1);
    checked = said.checked;
  }
  return failures;
}

/** How far all are. */
class Progress {
  checked = 0;
  readonly #started = performance.now();

  add(checked: number, seed: number): void {
    this.checked += checked;
    const seconds = ((performance.now() - this.#started) / 1000).toFixed(0);
    process.stderr.write(`${this.checked} of ${HISTORIES} histories in ${seconds} s, up to seed ${seed}\n`);
  }
}
