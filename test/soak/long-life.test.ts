/**
 * A listener for months: thousands of sessions, one in ten with something to do, and memory, descriptors and threads stay flat.
 * P2PSYNC_LIFE_SESSIONS, by default 2,000.
 */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { once } from '../../src/converge/once.js';
import { RUN_DEFAULTS } from '../../src/converge/run-options.js';
import { groupEnv } from '../../src/group/group-env.js';
import { openFolder } from '../../src/group/open-folder.js';
import { at, listening, makeGroup, snapshot, writeTree } from '../e2e/group.js';

const SESSIONS = Number(process.env.P2PSYNC_LIFE_SESSIONS ?? 2_000);
const LOOKS = 10;

interface Figures {
  readonly sessions: number;
  readonly residentKiB: number;
  readonly descriptors: number;
  readonly threads: number;
}

test('a listener holds no more after thousands of sessions than after a few hundred', async () => {
  const files = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`dir${i % 10}/${i}`, `file ${i}`]));
  const { machines, directory } = await makeGroup({}, files);
  const [one, two] = [at(machines, 0), at(machines, 1)];
  const listener = await listening(two);
  const home = path.join(directory, 'machine1-home');
  const variables = { P2PSYNC_CONFIG_DIR: path.join(home, 'config'), P2PSYNC_STATE_DIR: path.join(home, 'state') };
  const folder = openFolder(one.folder, groupEnv({ variables, home }));
  const options = { ...RUN_DEFAULTS, discover: false, peers: [`127.0.0.1:${listener.port}`] };
  const figures: Figures[] = [];
  for (let session = 1; session <= SESSIONS; session++) {
    if (session % 10 === 0)
      writeTree(session % 20 === 0 ? one.folder : two.folder, { edited: `${session}`.repeat(1000) });
    const summary = await once(folder, options, () => {}, new AbortController().signal);
    expect(summary.converged, `session ${session}`).toBe(true);
    if (session % (SESSIONS / LOOKS) === 0) figures.push(await look(listener.pid, session));
  }
  console.table(figures);
  expect(snapshot(two.folder)).toEqual(snapshot(one.folder));
  const [first, second, last] = [at(figures, 0), at(figures, 1), at(figures, LOOKS - 1)];
  expect(last.descriptors).toBeLessThanOrEqual(first.descriptors);
  expect(last.threads).toBeLessThanOrEqual(first.threads);
  // The heap breathes; a leak of 1 KiB a session would show in thousands of them.
  const most = Math.max(...figures.slice(1).map(({ residentKiB }) => residentKiB));
  expect(most - second.residentKiB).toBeLessThan(16 * 1024);
});

async function look(pid: number, sessions: number): Promise<Figures> {
  await sleep(500); // sessions have ended, descriptors are closed
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): number => Number(new RegExp(`${name}:\\s+([0-9]+)`).exec(status)?.[1]);
  const descriptors = fs.readdirSync(`/proc/${pid}/fd`).length;
  return { sessions, residentKiB: field('VmRSS'), descriptors, threads: field('Threads') };
}
