/** `p2psync doctor` beside a listener, after it is gone, and beside one that another group runs. Loopback alone. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Machine } from '../../scripts/machine.mjs';
import { at, freshPort, listening, makeGroup, snapshot } from './group.js';

interface Finding {
  readonly about: string;
  readonly level: string;
  readonly message: string;
  readonly fix?: string;
}

async function examine(machine: Machine, port: number): Promise<{ found: Finding[]; status: unknown }> {
  const where = ['--interface', '127.0.0.1', '--port', String(port), '--discover-time', '1s'];
  const { stdout, status } = await machine.run(['doctor', machine.folder, '--json', ...where], { accept: [0, 1] });
  const found = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Finding);
  expect(status).toBe(found.some(({ level }) => level === 'failure') ? 1 : 0);
  return { found, status };
}

const about = ({ found }: { found: Finding[] }, topic: string) => found.filter((each) => each.about === topic);

test('finds the peer that listens; when it is gone, says which and what to run', async () => {
  const { machines } = await makeGroup({ a: 'a' }, {});
  const [one, two] = [at(machines, 0), at(machines, 1)];
  const listener = await listening(two);
  await one.once({ ports: [listener.port] });
  const before = snapshot(one.folder);

  const well = await examine(one, listener.port);
  expect(about(well, 'interface')).toEqual([
    expect.objectContaining({ level: 'good', message: expect.stringContaining('127.255.255.255') }),
  ]);
  expect(about(well, 'echo')).toEqual([expect.objectContaining({ level: 'good' })]);
  expect(about(well, 'port')).toEqual([
    expect.objectContaining({ level: 'good', message: expect.stringContaining(`process ${listener.pid}`) }),
  ]);
  expect(about(well, 'folder')).toEqual([expect.objectContaining({ level: 'good' })]);
  expect(about(well, 'disk')[0]?.message).toMatch(/free, (no )?reflinks/);
  expect(about(well, 'peer')).toEqual([
    expect.objectContaining({
      level: 'good',
      message: expect.stringMatching(/127\.0\.0\.1:\d+\) answers in [\d.]+ms/),
    }),
  ]);

  await listener.stop();
  const gone = await examine(one, listener.port);
  expect(gone.status).toBe(1);
  expect(about(gone, 'port')).toEqual([expect.objectContaining({ level: 'note', fix: 'p2psync listen' })]);
  expect(about(gone, 'peer')).toEqual([
    expect.objectContaining({ level: 'warning', fix: expect.stringMatching(/^on .*: p2psync listen$/) }),
    expect.objectContaining({ level: 'failure', fix: expect.stringContaining('p2psync join') }),
  ]);
  expect(snapshot(one.folder)).toEqual(before);
  expect(fs.readdirSync(path.join(one.folder, '.p2psync/stage'))).toEqual([]);
});

test('of a folder that lost its marker it says so, and goes on with the next', async () => {
  const { machines } = await makeGroup({});
  const one = at(machines, 0);
  fs.rmSync(path.join(one.folder, '.p2psync'), { recursive: true });
  const lost = await examine(one, freshPort());
  expect(about(lost, 'folder')).toEqual([
    expect.objectContaining({ level: 'failure', message: expect.stringContaining('marker') }),
  ]);
  expect(about(lost, 'peer')).toEqual([]);
});

test('people get lines with the mending command below, and -q the failures alone', async () => {
  const { machines } = await makeGroup({});
  const one = at(machines, 0);
  const args = ['doctor', '--interface', '127.0.0.1', '--port', String(freshPort()), '--discover-time', '100ms'];
  const { stdout } = await one.run(args, { accept: [1] });
  expect(stdout).toMatch(/^FAIL peer {7}machine1: no peer of its group answers\n +→ on another machine: p2psync join/m);
  const quiet = await one.run([...args, '-q'], { accept: [1] });
  expect(quiet.stdout.split('\n').filter((line) => /^(ok|note|warn)/.test(line))).toEqual([]);
  expect(quiet.stdout).toContain('FAIL peer');
});
