/**
 * Discovery between computers: three network namespaces whose veth pairs meet in a bridge, which has a
 * fourth namespace of its own. Nothing of it touches the host's network.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import esbuild from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const PORT = 22327;
const NAMES = ['a', 'b', 'c'].map((letter) => `p2psync-${process.pid}-${letter}`);
const [SEEKER = '', ...LISTENERS] = NAMES;
const BRIDGE = `p2psync-${process.pid}-br`;
const secret = randomBytes(32).toString('hex');
const reason = whyNot();
let directory = '';
const children: ChildProcess[] = [];

describe.skipIf(reason !== undefined)(`discovery across a network${reason ?? ''}`, () => {
  beforeAll(async () => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-netns-'));
    await bundle();
    build();
  }, 30_000);

  afterAll(async () => {
    for (const child of children) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    for (const name of [...NAMES, BRIDGE]) quietly('netns', 'del', name);
    fs.rmSync(directory, { recursive: true, force: true });
  });

  it('finds the listeners of two other computers by one broadcast, and not the one of another group', async () => {
    const [first = '', second = ''] = LISTENERS;
    expect(await listen(first, secret)).toContain('10.77.0.2');
    expect(await listen(second, secret)).toContain('10.77.0.3');
    await listen(SEEKER, randomBytes(32).toString('hex'));
    const seeker = start(SEEKER, 'find', secret);
    const found = JSON.parse(await text(seeker.stdout as NodeJS.ReadableStream & AsyncIterable<Buffer>));
    expect(found).toEqual({ hosts: ['10.77.0.2', '10.77.0.3'], errors: [] });
  }, 20_000);
});

function whyNot(): string | undefined {
  if (process.platform !== 'linux') return ' (skipped: network namespaces are of Linux)';
  if (process.getuid?.() !== 0) return ' (skipped: needs root)';
  const probe = `p2psync-${process.pid}-probe`;
  if (!quietly('netns', 'add', probe)) return ' (skipped: ip netns is missing or not allowed)';
  quietly('netns', 'del', probe);
  return undefined;
}

function build(): void {
  ip('netns', 'add', BRIDGE);
  ip('-n', BRIDGE, 'link', 'add', 'br0', 'type', 'bridge');
  ip('-n', BRIDGE, 'link', 'set', 'br0', 'up');
  for (const [i, name] of NAMES.entries()) {
    ip('netns', 'add', name);
    ip('-n', BRIDGE, 'link', 'add', `port${i}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    ip('-n', BRIDGE, 'link', 'set', `port${i}`, 'master', 'br0', 'up');
    ip('-n', name, 'link', 'set', 'lo', 'up');
    ip('-n', name, 'addr', 'add', `10.77.0.${i + 1}/24`, 'broadcast', '+', 'dev', 'eth0');
    ip('-n', name, 'link', 'set', 'eth0', 'up');
  }
}

async function bundle(): Promise<void> {
  await esbuild.build({
    entryPoints: [path.join(import.meta.dirname, 'netns-peer.ts')],
    outfile: path.join(directory, 'peer.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  });
}

/** The first line of a listener that answers now. */
async function listen(name: string, group: string): Promise<string> {
  const child = start(name, 'listen', group);
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  expect(line.toString()).toContain('ready');
  return line.toString();
}

function start(name: string, command: string, group: string): ChildProcess {
  const script = path.join(directory, 'peer.mjs');
  const args = ['netns', 'exec', name, process.execPath, script, command, String(PORT)];
  const child = spawn('ip', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  child.stdin?.write(`${group}\n`);
  return child;
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function quietly(...args: string[]): boolean {
  try {
    ip(...args);
    return true;
  } catch {
    return false;
  }
}
