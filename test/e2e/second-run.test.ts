/**
 * What a run costs that has nothing to do, by the interface counters of a network of its own: every header counts.
 */
import { execFileSync } from 'node:child_process';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Listener, Machine } from '../../scripts/machine.mjs';
import { openGroup } from './group.js';

const NETWORK = `p2psync-e2e-${process.pid}`;
const TREES = [Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`${i}.txt`, `file ${i}`])), {}];

describe.skipIf(!mayMakeNetworks())('a run that has nothing to do', () => {
  test('takes less than 2,000 bytes, headers included', async () => {
    const { one, listener, wireBytes } = await converged();
    const before = wireBytes();
    const { summary } = await one.once({ ports: [listener.port] });
    expect(summary).toMatchObject({ converged: true, created: 0, updated: 0 });
    expect(wireBytes() - before).toBeLessThan(2_000);
  });

  test('finds a listener that was started anew', async () => {
    const { one, two, listener } = await converged();
    await listener.stop();
    const other = await started(two);
    const { summary } = await one.once({ ports: [other.port] });
    expect(summary).toMatchObject({ converged: true, problems: 0 });
    expect(summary?.peers).toHaveLength(1);
  });
});

/** Two machines in a network of their own, which have converged. */
async function converged() {
  execFileSync('ip', ['netns', 'add', NETWORK]);
  onTestFinished(() => void execFileSync('ip', ['netns', 'delete', NETWORK]));
  execFileSync('ip', ['-n', NETWORK, 'link', 'set', 'lo', 'up']);
  const enter = ['nsenter', `--net=/run/netns/${NETWORK}`, '--'];
  const { machines } = await openGroup((undo) => onTestFinished(async () => void (await undo())), TREES, enter);
  const [one, two] = machines as [Machine, Machine];
  const listener = await started(two);
  await one.once({ ports: [listener.port] });
  return { one, two, listener, wireBytes: () => transmitted(enter) };
}

async function started(machine: Machine): Promise<Listener> {
  const listener = await machine.listen();
  onTestFinished(async () => void (await listener.stop()));
  return listener;
}

/** Bytes that `lo` has carried; once each, whichever way. */
function transmitted([command = '', ...enter]: readonly string[]): number {
  const table = execFileSync(command, [...enter, 'cat', '/proc/self/net/dev'], { encoding: 'utf8' });
  const line = table.split('\n').find((row) => row.trim().startsWith('lo:'));
  return Number(line?.trim().split(/[:\s]+/)[9]);
}

function mayMakeNetworks(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('ip', ['netns', 'add', `${NETWORK}-probe`], { stdio: 'ignore' });
    execFileSync('ip', ['netns', 'delete', `${NETWORK}-probe`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
