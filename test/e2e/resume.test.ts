/** A large transfer that was cut goes on from what is in the stage, whoever of the two received it and however it was cut. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Machine, Run } from '../../scripts/machine.mjs';
import { type BadLink, badLink } from './bad-link.js';
import { at, listening, makeGroup } from './group.js';
import { ANY } from './said.js';

/** Bytes; P2PSYNC_RESUME_BYTES makes it as large as one likes. */
const SIZE = Number(process.env.P2PSYNC_RESUME_BYTES ?? 24 * 1024 * 1024);
const CUT_AT = Math.floor(0.8 * SIZE);
/** What a rerun may move of it. */
const REST = 0.25 * SIZE;
const TIMES = ['--timeout', '3s', '--connect-timeout', '2s'];

describe('a transfer that is cut at 80 %', { timeout: 60_000 + SIZE / 10_000 }, () => {
  test('to the initiator, by a reset, moves only the rest in the next run', async () => {
    const { one, two, link, port } = await pair({}, { large: content() });
    link.fault = { after: CUT_AT, direction: 'down', how: 'reset' };
    expect((await over(one, link)).status).toBe(23);
    expect(partials(one)).toHaveLength(1);
    const rest = await one.once({ ports: [port] });
    expect(rest.summary).toMatchObject({ converged: true, exit: 0 });
    expect(rest.summary?.wireReceived).toBeLessThan(REST);
    expectSame(one, two);
    expect(partials(one)).toEqual([]);
  });

  test('to the listener, by a reset, moves only the rest in the next run', async () => {
    const { one, two, link, port } = await pair({ large: content() }, {});
    link.fault = { after: CUT_AT, direction: 'up', how: 'reset' };
    expect((await over(one, link)).status).toBe(23);
    const rest = await one.once({ ports: [port] });
    expect(rest.summary).toMatchObject({ converged: true, exit: 0 });
    expect(rest.summary?.wireSent).toBeLessThan(REST);
    expectSame(one, two);
    expect(partials(two)).toEqual([]);
  });

  test('by SIGKILL of the receiver moves only the rest, though nobody could put it aside', async () => {
    const { one, two, link, port } = await pair({}, { large: content() });
    link.fault = { after: CUT_AT, direction: 'down', how: 'stall' };
    const killed = await over(one, link, (pid) => {
      const timer = setInterval(() => {
        if (link.passed.down < CUT_AT) return;
        clearInterval(timer);
        process.kill(pid, 'SIGKILL');
      }, 10);
    });
    expect(killed.status).toBe('SIGKILL');
    const rest = await one.once({ ports: [port] });
    expect(rest.summary).toMatchObject({ converged: true, exit: 0 });
    expect(rest.summary?.wireReceived).toBeLessThan(REST);
    expectSame(one, two);
  });

  test('of a new version of a file that is there takes both, the old content and what had come', async () => {
    const old = content();
    const fresh = Buffer.concat([randomBytes(SIZE / 2), old.subarray(0, SIZE / 2)]);
    const { one, two, link, port } = await pair({ large: old }, { large: old });
    await one.once({ ports: [port] });
    fs.writeFileSync(path.join(two.folder, 'large'), fresh);
    link.fault = { after: Math.floor(SIZE * 0.45), direction: 'down', how: 'reset' };
    await over(one, link);
    const rest = await one.once({ ports: [port] });
    expect(rest.summary).toMatchObject({ converged: true, exit: 0 });
    expect(rest.summary?.wireReceived).toBeLessThan(0.15 * SIZE);
    expectSame(one, two);
  });

  test('believes nothing that is in the stage: a partial file that was tampered with costs time, not a byte', async () => {
    const { one, two, link, port } = await pair({}, { large: content() });
    link.fault = { after: CUT_AT, direction: 'down', how: 'reset' };
    await over(one, link);
    const [partial = ''] = partials(one);
    fs.writeFileSync(path.join(one.folder, PARTIAL, partial), randomBytes(SIZE));
    const rest = await one.once({ ports: [port] });
    expect(rest.summary).toMatchObject({ converged: true, exit: 0, problems: 0 });
    expectSame(one, two);
  });
});

const PARTIAL = '.p2psync/stage/partial';

function content(): Buffer {
  return randomBytes(SIZE);
}

async function pair(mine: Record<string, Buffer>, theirs: Record<string, Buffer>) {
  const { machines } = await makeGroup(mine, theirs);
  const [one, two] = [at(machines, 0), at(machines, 1)];
  const { port } = await listening(two, '--timeout', '3s');
  return { one, two, port, link: await badLink(port) };
}

function over(machine: Machine, { peer }: BadLink, onStart?: (pid: number) => void): Promise<Run> {
  return machine.once({
    ports: [],
    options: ['--peer', peer, ...TIMES],
    accept: [...ANY, 'SIGKILL'],
    ...(onStart && { onStart }),
  });
}

function partials({ folder }: Machine): string[] {
  const directory = path.join(folder, PARTIAL);
  return fs.existsSync(directory) ? fs.readdirSync(directory) : [];
}

function expectSame(one: Machine, two: Machine): void {
  const [mine, theirs] = [one, two].map(({ folder }) => fs.readFileSync(path.join(folder, 'large')));
  expect(mine?.equals(theirs ?? Buffer.alloc(0))).toBe(true);
}
