/**
 * Checks random histories in processes of their own, by a bundle: that is several times as quick as in the test runner,
 * whose modules reach each other through getters.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { temporaryDirectory } from '../disk/temporary-directory.js';

export interface Checked {
  readonly histories: number;
  /** Of each history that failed (a few at most): why, its seed and its smallest form. */
  readonly failures: readonly string[];
}

/** The histories of seeds `first` to `first + count - 1`. `onProgress` hears of failures at once, and how far it is. */
export async function checkBundled(
  first: number,
  count: number,
  workers: number,
  onProgress: (line: string) => void,
): Promise<Checked> {
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
  const started = performance.now();
  const failures: string[] = [];
  let histories = 0;
  const share = Math.ceil(count / workers);
  const play = async (from: number): Promise<void> => {
    let before = 0;
    for await (const { checked, failure } of saidBy(worker, from, share)) {
      if (failure !== undefined) {
        failures.push(failure);
        onProgress(failure);
      }
      if (checked === undefined) continue;
      histories += checked - before;
      before = checked;
      const seconds = ((performance.now() - started) / 1000).toFixed(0);
      onProgress(`${histories} of ${share * workers} histories in ${seconds} s, up to seed ${from + checked - 1}`);
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, i) => play(first + i * share)));
  return { histories, failures };
}

/** What the worker says, line by line; throws if it does not come to its end. */
async function* saidBy(
  worker: string,
  first: number,
  count: number,
): AsyncGenerator<{ readonly checked?: number; readonly failure?: string }> {
  const child = spawn(process.execPath, [worker, String(first), String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  for await (const line of createInterface(child.stdout)) yield JSON.parse(line);
  const status = await ended;
  if (status !== 0) throw new Error(`the histories from seed ${first} on ended with ${status}`);
}
