/**
 * Programs swap a directory for a symlink to the outside, in a loop and in both folders, while runs go on: nothing is
 * written there, and nothing that lies there is sent. `P2PSYNC_SWAP_SECONDS` sets for how long (60 in `make soak`).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { canAnchor } from '../../../src/disk/anchored-root.js';
import { at, listening, makeGroup, snapshot, writeTree } from '../group.js';

const SECONDS = Number(process.env.P2PSYNC_SWAP_SECONDS ?? 4);
const SECRET = 'what lies outside';

const SWAPPER = `
  const fs = require('node:fs');
  const [root, outside] = process.argv.slice(1);
  process.chdir(root);
  const attempt = (step) => { try { step(); return true; } catch { return false; } };
  for (let swaps = 0; ; swaps++) {
    const isDone = attempt(() => {
      fs.renameSync('d', '.p2psync/aside');
      fs.symlinkSync(outside, 'd');
      fs.unlinkSync('d');
      fs.renameSync('.p2psync/aside', 'd');
    });
    // A run made the directory while it was away.
    if (!isDone) {
      attempt(() => fs.unlinkSync('d'));
      attempt(() => fs.renameSync('.p2psync/aside', 'd')) || attempt(() => fs.renameSync('d', '.p2psync/made-' + swaps));
    } else if (swaps % 1000 === 0) process.stdout.write('s');
  }`;

test.runIf(canAnchor())(
  `no byte gets out or in through a swapped parent in ${SECONDS} s of runs, in either direction`,
  async () => {
    const { machines, directory } = await makeGroup({ 'd/e/server': 'server' }, { 'd/e/client': 'client' });
    const [server, client] = [at(machines, 0), at(machines, 1)];
    const outside = path.join(directory, 'outside');
    writeTree(outside, { 'e/server': SECRET, 'e/client': SECRET, 'e/planted': SECRET, planted: SECRET });
    const before = snapshot(outside);
    const listener = await listening(server, '--no-fsync');
    await client.once({ ports: [listener.port] });

    const inside = [server, client].map(({ folder }) => fs.openSync(path.join(folder, 'd'), 'r'));
    const swapping = [server, client].map(({ folder }) => swap(folder, outside));
    let runs = 0;
    let swapped = 0;
    for (const each of swapping) each.stdout?.on('data', (text: Buffer) => (swapped += 1000 * text.length));
    for (const end = performance.now() + SECONDS * 1000; performance.now() < end; runs++) {
      // Through a handle: whatever stands at its name, it is the directory in the folder.
      for (const [i, fd] of inside.entries()) {
        const text = Buffer.alloc(20_000, `${i} ${runs}`);
        fs.writeFileSync(`/proc/self/fd/${fd}/new-${i}-${runs}`, text);
        fs.writeFileSync(`/proc/self/fd/${fd}/e/edited-${i}`, text);
        fs.rmSync(`/proc/self/fd/${fd}/e/server`, { force: true }); // restored from the other end, by its path
      }
      const run = await client.once({
        ports: [listener.port],
        options: ['--no-fsync', '--timeout', '5s'],
        accept: [0, 1, 20, 21, 23, 30],
      });
      expect(run.summary).toBeDefined();
    }
    for (const each of swapping) await stop(each);
    for (const fd of inside) fs.closeSync(fd);
    expect(swapped).toBeGreaterThan(1000);
    expect(runs).toBeGreaterThan(0);
    expect(snapshot(outside)).toEqual(before);
    for (const { folder } of machines) {
      if (!fs.existsSync(path.join(folder, 'd')) || fs.lstatSync(path.join(folder, 'd')).isSymbolicLink()) {
        fs.rmSync(path.join(folder, 'd'), { force: true });
        fs.renameSync(path.join(folder, '.p2psync/aside'), path.join(folder, 'd'));
      }
      for (const text of textsOf(folder)) expect(text).not.toContain(SECRET);
    }
    const last = await client.once({ ports: [listener.port] });
    expect(last.summary).toMatchObject({ converged: true });
    console.log(`${swapped} swaps beside ${runs} runs`);
  },
  SECONDS * 1000 + 60_000,
);

function swap(folder: string, outside: string): ChildProcess {
  const swapper = spawn(process.execPath, ['-e', SWAPPER, folder, outside], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void swapper.kill('SIGKILL'));
  return swapper;
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) resolve(); // it ended by itself
    child.once('close', () => resolve());
    child.kill('SIGKILL');
  });
}

/** Contents of all regular files, what is kept aside included; no symlink is followed. */
function textsOf(folder: string): string[] {
  const texts: string[] = [];
  for (const name of fs.readdirSync(folder, { recursive: true }) as string[]) {
    const file = path.join(folder, name);
    if (fs.lstatSync(file).isFile()) texts.push(fs.readFileSync(file, 'latin1'));
  }
  return texts;
}
