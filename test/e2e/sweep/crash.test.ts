/**
 * The program itself, killed at each system call that changes the disk, as initiator and as listener: every path holds the
 * whole old or the whole new content, nothing is lost, and the next run finishes the work (invariants 8 and 9). By default a
 * sample; every call with P2PSYNC_TEST_FULL=1 (`make soak`).
 */
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Listener, Machine } from '../../../scripts/machine.mjs';
import { freshPort, startListening } from '../group.js';
import { ANY } from '../said.js';
import { type QuickRun, quickRun } from './quick-run.js';
import { scenarioPair } from './scenario-pair.js';
import { canTrace, injecting, logging, type Point, pointsOf, sampleOf, tracedMachine } from './traced-machine.js';

const FULL = process.env.P2PSYNC_TEST_FULL === '1';
/** Points of each side without FULL. */
const SAMPLE = Number(process.env.P2PSYNC_SWEEP_POINTS ?? 60);
/** Pairs of machines that share the points of each side: while one waits for a process, another one works. */
const LANES = 2;
/** Milliseconds for all points of a lane: a point takes two seconds on an idle machine. */
const TIMEOUT = FULL ? 7_200_000 : 60_000 + (SAMPLE / LANES) * 20_000;
const ENDS = [...ANY, 'SIGKILL'];

const lanes = Array.from({ length: LANES }, (_, lane) => lane);

describe.runIf(canTrace)('killed at any call that changes the disk', { timeout: TIMEOUT }, () => {
  test.concurrent.for(lanes)(
    'an initiator leaves whole files, and the next run finishes (%i)',
    async (lane, context) => {
      const { atEnd, directory, one, two, scenario } = await scenarioPair(context);
      const { port } = await startListening(atEnd, two, '--allow-delete');
      const traced = (strace: readonly string[]) =>
        tracedMachine(directory, 'machine1', strace).once({ ports: [port], options: ['--delete'], accept: ENDS });
      const run = () => quickRun(directory, one, port);
      const log = path.join(directory, 'log');
      scenario.edit();
      expectConverged(await run(), 'first');
      scenario.edit();
      await traced(logging(log));
      scenario.expectFinished('without a crash');
      const progress = new Progress('initiator', chosen(log, path.join(directory, 'machine1'), lane));
      for (const { point, where } of progress.points()) {
        scenario.edit();
        const killed = await traced(injecting(point, 'signal=KILL'));
        if (killed.status === 'SIGKILL') progress.reached++;
        scenario.expectWhole(where);
        expectConverged(await run(), where);
        scenario.expectFinished(where);
        if (FULL) expectNothingToDo(await run(), where);
      }
      expectNothingToDo(await run(), 'at the end');
      progress.tell();
    },
  );

  test.concurrent.for(lanes)('a listener leaves whole files, and the next run finishes (%i)', async (lane, context) => {
    const { directory, one, two, scenario } = await scenarioPair(context);
    const log = path.join(directory, 'log');
    const traced = (strace: readonly string[]) => tracedMachine(directory, 'machine2', strace);
    const listen = (machine: Machine) => machine.listen({ port: freshPort(), options: ['--allow-delete'] });
    const run = ({ port }: Listener) => quickRun(directory, one, port);
    const finish = async (where: string): Promise<void> => {
      const listener = await listen(two);
      expectConverged(await run(listener), where);
      await listener.stop();
      scenario.expectFinished(where);
      if (!FULL) return;
      const again = await listen(two);
      expectNothingToDo(await run(again), where);
      await again.stop();
    };
    scenario.edit();
    await finish('first');
    scenario.edit();
    const watched = await listen(traced(logging(log)));
    await run(watched);
    await watched.stop();
    scenario.expectFinished('without a crash');
    const progress = new Progress('listener', chosen(log, path.join(directory, 'machine2'), lane));
    for (const { point, where } of progress.points()) {
      scenario.edit();
      let listener: Listener | undefined;
      try {
        listener = await listen(traced(injecting(point, 'signal=KILL')));
        await run(listener);
      } catch (error) {
        expect(String(error), where).toContain('before it was ready'); // killed while it started
      }
      if ((await listener?.stop()) !== 143) progress.reached++;
      scenario.expectWhole(where);
      await finish(where);
    }
    progress.tell();
  });
});

/** The points of one lane, out of those of its side. */
function chosen(log: string, directory: string, lane: number): Point[] {
  const points = pointsOf(log, directory);
  expect(points.length).toBeGreaterThan(SAMPLE);
  const mine = points.filter((_, i) => i % LANES === lane);
  return FULL ? mine : sampleOf(mine, SAMPLE / LANES);
}

/** Counts the points at which the process was really killed, and says so in a run over all of them. */
class Progress {
  reached = 0;
  readonly #side: string;
  readonly #points: readonly Point[];

  constructor(side: string, points: readonly Point[]) {
    this.#side = side;
    this.#points = points;
  }

  *points(): Generator<{ point: Point; where: string }> {
    for (const [i, point] of this.#points.entries()) {
      if (FULL && i % 25 === 0) console.log(`${this.#side}: ${i} of ${this.#points.length}`);
      yield { point, where: `${this.#side}, ${point.call} ${point.ordinal}` };
    }
  }

  tell(): void {
    const { reached } = this;
    const { length } = this.#points;
    if (FULL) console.log(`${this.#side}: killed at ${reached} of ${length} points`);
    // A run that made one call less than the one that was counted does not reach the last of its name.
    expect(reached).toBeGreaterThan(length * 0.7);
  }
}
/** A crash between the two names of a conflict copy leaves a hard link, which is told; that is no failure, as nothing that is not fatal. */
function expectConverged({ summary, error, events }: QuickRun, where: string): void {
  const failures = events.filter((event) => event.type === 'problem' && event.fatal);
  expect({ error, failures, ...summary }, where).toMatchObject({ error: undefined, failures: [], converged: true });
}

/** Invariant 5. */
function expectNothingToDo({ summary, events }: QuickRun, where: string): void {
  expect(summary, where).toMatchObject({ converged: true, created: 0, updated: 0, deleted: 0, literalBytes: 0 });
  const changes = events.filter(({ type }) => type === 'change');
  expect(changes, where).toEqual([]);
}
