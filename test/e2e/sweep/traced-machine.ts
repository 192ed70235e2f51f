/**
 * A machine whose program runs under strace, which counts, kills at or fails the system calls that change the disk. One
 * thread in libuv's pool, so that the n-th call of a name is the same call in every run.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type Machine, makeMachine } from '../../../scripts/machine.mjs';

/** Whether strace works here; containers often forbid it. */
export const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;

/** What changes the disk, by whatever name libc, libuv or LMDB call it. */
const CHANGING_CALLS = [
  'chmod',
  'fchmod',
  'fchmodat',
  'fdatasync',
  'fsync',
  'ftruncate',
  'link',
  'linkat',
  'mkdir',
  'mkdirat',
  'msync',
  'openat',
  'pwrite64',
  'pwritev',
  'pwritev2',
  'rename',
  'renameat',
  'renameat2',
  'rmdir',
  'symlink',
  'symlinkat',
  'unlink',
  'unlinkat',
  'utimensat',
  'write',
  'writev',
];

/** One call that changes the disk. */
export interface Point {
  readonly call: string;
  /** How many of this name its thread had made, this one included. */
  readonly ordinal: number;
  /** What strace wrote of it. */
  readonly line: string;
}

/** Where the machines' folders and states are: `<directory>/<name>` and `<directory>/<name>-home`. */
export function tracedMachine(directory: string, name: string, strace: readonly string[]): Machine {
  const enter = ['env', 'UV_THREADPOOL_SIZE=1', 'strace', '-D', '-f', '-qq', ...strace];
  return makeMachine({ name, folder: path.join(directory, name), home: path.join(directory, `${name}-home`), enter });
}

/** Writes every changing call to `log`. */
export function logging(log: string): string[] {
  return ['-y', '-o', log, '-e', `trace=${CHANGING_CALLS.join(',')}`];
}

/** Does `what` (`signal=KILL`, `error=ENOSPC`) at that call. */
export function injecting({ call, ordinal }: Pick<Point, 'call' | 'ordinal'>, what: string): string[] {
  return ['-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:${what}:when=${ordinal}`];
}

/** The points of a log at which a disk below `directory` changes, in their order. */
export function pointsOf(log: string, directory: string): Point[] {
  const counts = new Map<string, number>();
  const seen = new Set<string>();
  const points: Point[] = [];
  for (const line of fs.readFileSync(log, 'latin1').split('\n')) {
    const [, thread, call] = /^([0-9]+) +([a-z0-9]+)\(/.exec(line) ?? [];
    if (thread === undefined || call === undefined) continue;
    const ordinal = (counts.get(`${thread} ${call}`) ?? 0) + 1;
    counts.set(`${thread} ${call}`, ordinal);
    if (!changes(call, line, directory) || seen.has(`${call} ${ordinal}`)) continue;
    seen.add(`${call} ${ordinal}`);
    points.push({ call, ordinal, line });
  }
  return points;
}

function changes(call: string, line: string, directory: string): boolean {
  if (call === 'openat') return line.includes('O_CREAT');
  // Sockets, pipes and the output are no disk.
  if (/^p?write/.test(call)) return line.includes(`<${directory}`);
  return true;
}

/** `count` of the points, spread evenly from a random start; each is another one in another run. */
export function sampleOf<T>(points: readonly T[], count: number): T[] {
  if (count >= points.length) return [...points];
  const offset = Math.random();
  return Array.from({ length: count }, (_, i) => points[Math.floor(((i + offset) * points.length) / count)] as T);
}
