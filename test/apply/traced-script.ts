/** Builds a script of the tests and runs it under strace, which counts, fails or kills at chosen system calls. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { temporaryDirectory } from '../disk/temporary-directory.js';

/** Whether strace works here; containers often forbid it. */
export const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

/** What apply/ changes the disk with. */
export const CHANGING_CALLS = [
  'chmod',
  'fchmod',
  'ftruncate',
  'link',
  'mkdir',
  'openat',
  'pwrite64',
  'rename',
  'rmdir',
  'symlink',
  'unlink',
  'utimensat',
] as const;

export interface Call {
  readonly name: string;
  /** How many of this name the process had made, this one included. */
  readonly ordinal: number;
}

/** Runs in which a call is sought at most. */
const TRIES = 5;

export function buildScript(source: string): string {
  const script = path.join(temporaryDirectory(), 'script.mjs');
  const entry = path.join(import.meta.dirname, source);
  buildSync({ entryPoints: [entry], bundle: true, platform: 'node', format: 'esm', outfile: script });
  return script;
}

export function run(script: string, directory: string, ...inject: string[]): SpawnSyncReturns<string> {
  return traced(script, directory, '/dev/null', CHANGING_CALLS, ...inject.flatMap((rule) => ['-e', `inject=${rule}`]));
}

/** The changing calls that the script makes between its two markers. */
export function callsOf(script: string, directory: string): Call[] {
  const log = path.join(temporaryDirectory(), 'log');
  traced(script, directory, log, CHANGING_CALLS);
  return changingCalls(log);
}

/**
 * Runs the script in a folder that `prepare` makes, and does `effect` (`signal=KILL`, `error=ENOSPC`) at that call. Node
 * opens a file or two more in some starts than in others: a run whose n-th call was another one is done again.
 */
export function runInto(
  script: string,
  prepare: () => string,
  call: Call,
  effect: string,
): { directory: string; ended: SpawnSyncReturns<string> } {
  for (let i = 0; i < TRIES; i++) {
    const directory = prepare();
    const log = path.join(temporaryDirectory(), 'log');
    const rule = `inject=${call.name}:${effect}:when=${call.ordinal}`;
    const ended = traced(script, directory, log, [call.name], '-e', rule);
    if (changingCalls(log).some(({ ordinal }) => ordinal === call.ordinal)) return { directory, ended };
  }
  throw new Error(`${call.name} ${call.ordinal} changed nothing in ${TRIES} runs`);
}

function traced(
  script: string,
  directory: string,
  log: string,
  calls: readonly string[],
  ...more: string[]
): SpawnSyncReturns<string> {
  const trace = ['-f', '-qq', '-o', log, '-e', `trace=access,${calls.join(',')}`, ...more];
  return spawnSync('strace', [...trace, process.execPath, script, directory], { encoding: 'utf8' });
}

function changingCalls(log: string): Call[] {
  const lines = fs.readFileSync(log, 'utf8').split('\n');
  const main = lines[0]?.split(' ')[0];
  const calls: Call[] = [];
  const counts = new Map<string, number>();
  let markers = 0;
  for (const line of lines) {
    const [, pid, name] = /^([0-9]+) +([a-z0-9]+)\(/.exec(line) ?? [];
    if (pid !== main || name === undefined) continue;
    if (line.includes('access("/", F_OK)')) markers++;
    const ordinal = (counts.get(name) ?? 0) + 1;
    counts.set(name, ordinal);
    const changes = name !== 'access' && (name !== 'openat' || line.includes('O_CREAT'));
    if (markers === 1 && changes) calls.push({ name, ordinal });
  }
  return calls;
}
