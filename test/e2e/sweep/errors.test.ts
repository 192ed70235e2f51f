/**
 * The program itself while a system call that changes the disk fails: the run says so and ends with 23, or does without that
 * call; every path stays whole, and the next run finishes. By default a sample; every call with each error with
 * P2PSYNC_TEST_FULL=1 (`make soak`).
 */
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Machine, Run } from '../../../scripts/machine.mjs';
import { freshPort, startListening } from '../group.js';
import { ANY, messagesOf } from '../said.js';
import { scenarioPair } from './scenario-pair.js';
import { canTrace, injecting, logging, type Point, pointsOf, sampleOf, tracedMachine } from './traced-machine.js';

const FULL = process.env.P2PSYNC_TEST_FULL === '1';
/** Points of the initiator, and of the listener, without FULL. */
const SAMPLE = FULL ? Number.POSITIVE_INFINITY : Number(process.env.P2PSYNC_SWEEP_POINTS ?? 4);
const ERRORS = ['ENOSPC', 'EIO', 'EACCES', 'EMFILE', 'EROFS'];
const OPTIONS = ['--delete'];

describe.runIf(canTrace && FULL)('a call that fails', { timeout: FULL ? 7_200_000 : 300_000 }, () => {
  test.concurrent('at the initiator is told, and the next run finishes', async (context) => {
    const { atEnd, directory, one, two, scenario } = await scenarioPair(context);
    const { port } = await startListening(atEnd, two, '--allow-delete');
    const run = (machine: Machine) => machine.once({ ports: [port], options: OPTIONS, accept: ANY });
    const log = path.join(directory, 'log');
    scenario.edit();
    await run(one);
    scenario.edit();
    await run(tracedMachine(directory, 'machine1', logging(log)));
    let failed = 0;
    for (const [point, error] of faults(log, path.join(directory, 'machine1'))) {
      const where = `initiator, ${point.call} ${point.ordinal}: ${error}`;
      scenario.edit();
      const run1 = await run(tracedMachine(directory, 'machine1', injecting(point, `error=${error}`)));
      expect([0, 23], `${where}\n${textOf(run1)}`).toContain(run1.status);
      if (run1.status === 23) failed++;
      scenario.expectWhole(where);
      const rest = await run(one);
      expect(rest.summary, `${where}\n${textOf(run1)}\n${textOf(rest)}`).toMatchObject({ converged: true, exit: 0 });
      scenario.expectFinished(where);
    }
    expect(failed).toBeGreaterThan(0);
  });

  test.concurrent('at a listener is told, and the next run finishes', async (context) => {
    const { directory, one, two, scenario } = await scenarioPair(context);
    const log = path.join(directory, 'log');
    const traced = (strace: readonly string[]) => tracedMachine(directory, 'machine2', strace);
    const listen = (machine: Machine) => machine.listen({ port: freshPort(), options: ['--allow-delete'] });
    const run = (port: number) => one.once({ ports: [port], options: OPTIONS, accept: ANY });
    const first = await listen(two);
    scenario.edit();
    await run(first.port);
    await first.stop();
    scenario.edit();
    const watched = await listen(traced(logging(log)));
    await run(watched.port);
    await watched.stop();
    for (const [point, error] of faults(log, path.join(directory, 'machine2'))) {
      const where = `listener, ${point.call} ${point.ordinal}: ${error}`;
      scenario.edit();
      const listener = await listen(traced(injecting(point, `error=${error}`))).catch((failure: unknown) => {
        expect(String(failure), where).toMatch(/ended with (23|20|2) before it was ready/);
        return undefined;
      });
      const run1 = listener && (await run(listener.port));
      if (run1) expect([0, 21, 23], `${where}\n${textOf(run1)}`).toContain(run1.status);
      await listener?.stop();
      scenario.expectWhole(where);
      const after = await listen(two);
      const rest = await run(after.port);
      expect(rest.summary, `${where}\n${run1 && textOf(run1)}\n${textOf(rest)}`).toMatchObject({
        converged: true,
        exit: 0,
      });
      expect(await after.stop(), where).toBe(143);
      scenario.expectFinished(where);
    }
  });
});

describe.runIf(canTrace)('a listener whose state could not be written once', () => {
  test('says so, and serves the next session as if nothing had been', async (context) => {
    const { atEnd, directory, one, scenario } = await scenarioPair(context);
    const log = path.join(directory, 'log');
    const listen = (strace: readonly string[]) =>
      startListening(atEnd, tracedMachine(directory, 'machine2', strace), '--allow-delete');
    const run = (port: number) => one.once({ ports: [port], options: OPTIONS, accept: ANY });
    scenario.edit();
    const watched = await listen(logging(log));
    await run(watched.port);
    await watched.stop();
    // The header comes last in a transaction, and is less than a page.
    const headers = pointsOf(log, path.join(directory, 'machine2')).filter(({ line }) =>
      /pwrite64\(.*state\.mdb>.*, [0-9]{1,3}, [0-9]+\) += /.test(line),
    );
    expect(headers.length).toBeGreaterThan(3);
    for (const point of [headers[1], headers[headers.length - 2]] as Point[]) {
      scenario.edit();
      const listener = await listen(injecting(point, 'error=EIO'));
      const hit = await run(listener.port);
      expect([21, 23], textOf(hit)).toContain(hit.status); // 21: not even its tree could be had
      expect(messagesOf(hit)).toMatch(/Input\/output error|EIO/); // or of a file, by a thread that came to that number first
      scenario.expectWhole(`header, ${point.ordinal}`);
      const rest = await run(listener.port);
      expect(rest.summary, textOf(rest)).toMatchObject({ converged: true, exit: 0 });
      scenario.expectFinished(`header, ${point.ordinal}`);
      await listener.stop();
    }
  });
});

/** LMDB's own opening of its files, just after they were found to open: where that fails, lmdb-js 3.5 ends the process by SIGSEGV. */
const OPENED_BY_LMDB = /^[0-9]+ +openat\(.*state\.mdb(-lock)?", O_RDWR\|O_CREAT(\|O_CLOEXEC)?, 0664/;

function faults(log: string, directory: string): (readonly [Point, string])[] {
  const points = pointsOf(log, directory).filter(({ call, line }) => {
    // `write` by number would sooner or later be that of a thread which wakes another one, and libuv ends the process for it.
    return call !== 'write' && !OPENED_BY_LMDB.test(line);
  });
  const all = points.flatMap((point) => ERRORS.map((error) => [point, error] as const));
  return sampleOf(all, SAMPLE);
}

function textOf({ stdout, stderr }: Run): string {
  return `${stdout.slice(-2500)}${stderr}`;
}
