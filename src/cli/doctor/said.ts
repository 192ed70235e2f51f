/** What another program of this system says. */
import { spawnSync } from 'node:child_process';
import type { Environment } from '../invocation.js';

/** Milliseconds; a program that asks a service which hangs must not hang the doctor. */
const PATIENCE = 3_000;

/** Its standard output without the end; undefined if it is not there, fails or takes long. */
export function said(program: string, args: readonly string[], env: Environment): string | undefined {
  const run = spawnSync(program, args, {
    env: { PATH: env.PATH, LC_ALL: 'C' },
    encoding: 'utf8',
    timeout: PATIENCE,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return run.status === 0 ? run.stdout.trim() : undefined;
}
