/** A new file that is mostly made of what the receiver has under other names, over a fast link and over a slow one. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Machine } from '../../scripts/machine.mjs';
import { at, makeGroup, openGroup, snapshot, startListening } from './group.js';
import { canLimit, limitedNetwork } from './limited-network.js';

const MB = 1_000_000;
const NEW = 200_000;

/** Two halves of different files with new bytes between them. */
function made(): { old: Record<string, Buffer>; fresh: Buffer } {
  const [a, b] = [randomBytes(6 * MB), randomBytes(6 * MB)];
  return {
    old: { 'a.bin': a, 'dir/b.bin': b },
    fresh: Buffer.concat([b.subarray(MB), randomBytes(NEW), a.subarray(0, 5 * MB)]),
  };
}

async function pull(one: Machine, two: Machine, fresh: Buffer, name: string, ports: number[], reuse: string[]) {
  fs.writeFileSync(path.join(two.folder, name), fresh);
  const { summary, seconds } = await one.once({ ports, options: reuse });
  expect(summary).toMatchObject({ converged: true, problems: 0, created: 1 });
  expect(snapshot(one.folder)).toEqual(snapshot(two.folder));
  return { summary, seconds };
}

test('what the receiver has of a new file does not cross, unless --reuse never is said at the receiving end', async () => {
  const { old, fresh } = made();
  const { machines } = await makeGroup(old, old);
  const [one, two] = [at(machines, 0), at(machines, 1)];
  const { port } = await startListening(onTestFinished, two);
  await one.once({ ports: [port] });
  for (const reuse of [[], ['--reuse', 'always']]) {
    const { summary } = await pull(one, two, fresh, `new${reuse.length}`, [port], reuse);
    expect(summary?.reusedBytes).toBeGreaterThan(fresh.length - NEW - 0.1 * MB);
    expect(summary?.wireReceived).toBeLessThan(NEW + 0.1 * MB);
    for (const { folder } of [one, two]) fs.rmSync(path.join(folder, `new${reuse.length}`));
  }
  const { summary } = await pull(one, two, fresh, 'never', [port], ['--reuse', 'never']);
  expect(summary?.wireReceived).toBeGreaterThan(fresh.length);
});

test.runIf(canLimit())(
  'on a link of 50 Mbit/s --reuse auto finds it too, in less time than the bytes would take',
  async () => {
    const { old, fresh } = made();
    const atEnd = (undo: () => Promise<void> | void) => onTestFinished(async () => void (await undo()));
    const network = limitedNetwork(atEnd);
    const { machines } = await openGroup(atEnd, [old, old], network.enter);
    const [one, two] = [at(machines, 0), at(machines, 1)];
    const { port } = await startListening(atEnd, two);
    await one.once({ ports: [port] });
    network.limit('50mbit');
    const auto = await pull(one, two, fresh, 'auto', [port], ['--reuse', 'auto']);
    expect(auto.summary?.wireReceived).toBeLessThan(NEW + 0.1 * MB);
    for (const { folder } of [one, two]) fs.rmSync(path.join(folder, 'auto'));
    const never = await pull(one, two, fresh, 'never', [port], ['--reuse', 'never']);
    expect(never.seconds).toBeGreaterThan((fresh.length * 8) / 50e6);
    expect(auto.seconds).toBeLessThan(never.seconds);
  },
);
