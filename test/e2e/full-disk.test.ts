/** Disks that are too small for a run, of the initiator and of one peer: said before a byte is written, with the bytes missing. */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Machine, makeMachine } from '../../scripts/machine.mjs';
import { at, listening, makeGroup, snapshot, writeTree } from './group.js';
import { ANY, messagesOf, problemsOf } from './said.js';

const canMount = process.getuid?.() === 0 && spawnSync('mount', ['--version']).status === 0;
const MISSING = /([0-9]+) bytes are to be received into .*, ([0-9]+) are free: ([0-9]+) bytes are missing/;

describe.runIf(canMount)('a disk that is too small (needs root to mount one)', () => {
  test('of the initiator ends the run before anything is written anywhere: 23', async () => {
    const { one, two, invite } = await group({ large: randomBytes(3_000_000), small: 'small' });
    const tiny = await onTinyDisk(invite);
    writeTree(tiny.folder, { mine: 'mine' });
    const { port } = await listening(two);
    const before = [tiny, two].map(({ folder }) => snapshot(folder));
    const run = await tiny.once({ ports: [port], accept: [23] });
    const { message = '' } = (run.summary?.error ?? {}) as { message?: string };
    expectCounted(message, 3_000_005);
    expect([tiny, two].map(({ folder }) => snapshot(folder))).toEqual(before);
    expect(fs.existsSync(path.join(tiny.folder, '.p2psync/stage'))).toBe(false);
    expect((await one.once({ ports: [port] })).status).toBe(0);
  });

  test('of one peer: it gives and takes nothing, the others converge, 23; with room a rerun finishes', async () => {
    const { one, two, invite } = await group({ large: randomBytes(3_000_000) });
    const tiny = await onTinyDisk(invite);
    writeTree(tiny.folder, { mine: 'mine' });
    const ports = [(await listening(two)).port, (await listening(tiny)).port];
    const run = await one.once({ ports, accept: ANY });
    expect(run.status).toBe(23);
    expect(problemsOf(run)).toEqual(['unwritable ']);
    expectCounted(messagesOf(run), 3_000_000);
    expect(snapshot(two.folder)).toEqual(snapshot(one.folder));
    expect(fs.readFileSync(path.join(two.folder, 'mine'), 'utf8')).toBe('mine');
    expect(Object.keys(snapshot(tiny.folder))).toEqual(['mine']);
    execFileSync('mount', ['-o', 'remount,size=20m', tiny.folder]);
    expect((await one.once({ ports })).summary).toMatchObject({ converged: true, exit: 0 });
    expect(snapshot(tiny.folder)).toEqual(snapshot(one.folder));
  });

  test('is nothing to say of what moved within it: nobody knows what a clone takes', async () => {
    const { one, two, invite } = await group({});
    const tiny = await onTinyDisk(invite);
    const { port } = await listening(two);
    writeTree(tiny.folder, { 'a/moved': randomBytes(400_000), still: randomBytes(200_000) });
    await tiny.once({ ports: [port] });
    fs.renameSync(path.join(two.folder, 'a/moved'), path.join(two.folder, 'moved'));
    expect((await tiny.once({ ports: [port] })).summary).toMatchObject({ converged: true });
    expect((await one.once({ ports: [port] })).status).toBe(0);
  });
});

/** Two machines on ordinary disks, the second with these files. */
async function group(files: Record<string, string | Buffer>) {
  const { machines } = await makeGroup({}, files);
  const [one, two] = [at(machines, 0), at(machines, 1)];
  return { one, two, invite: (await one.run(['invite', one.folder])).stdout.trim() };
}

/** A machine whose folder is a memory disk of one MiB. */
async function onTinyDisk(invite: string): Promise<Machine> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-tiny-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  const folder = path.join(directory, 'tiny');
  fs.mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  const machine = makeMachine({ name: 'tiny', folder, home: path.join(directory, 'home') });
  await machine.join(invite);
  return machine;
}

function expectCounted(message: string, needed: number): void {
  const [, bytes, free, missing] = MISSING.exec(message) ?? [];
  expect(Number(bytes)).toBe(needed);
  expect(Number(missing)).toBe(needed - Number(free));
}
