/**
 * Links that are cut, stall, lose or crawl, at any moment of a run: the other peers converge, the run ends in time and says
 * what failed, and the next one finishes.
 */
import { randomBytes } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type BadLink, badLink, type Fault } from './bad-link.js';
import { at, freshPort, listening, makeGroup, openGroup, snapshot, writeTree } from './group.js';
import { canLimit, limitedNetwork } from './limited-network.js';
import { ANY } from './said.js';
import { Scenario } from './sweep/scenario.js';
import { sampleOf } from './sweep/traced-machine.js';

const FULL = process.env.P2PSYNC_TEST_FULL === '1';
/** Cuts of each kind without FULL, which cuts after each record. What stalls takes its timeout of three seconds. */
const CUTS = { reset: 10, stall: 2, 'half-open': 2 };
const OPTIONS = ['--delete', '--timeout', '3s', '--connect-timeout', '3s', '--discover-time', '3s'];

describe('a link to one of two peers', { timeout: FULL ? 3_600_000 : 240_000 }, () => {
  test.each(['reset', 'stall', 'half-open'] as const)(
    'that is cut after any record of the run (%s) keeps nothing from the other, and the next run finishes',
    async (how) => {
      const { machines } = await makeGroup({}, {}, {});
      const [one, two, three] = [at(machines, 0), at(machines, 1), at(machines, 2)];
      const scenario = new Scenario(one, two);
      const [shaky, steady] = [
        await listening(two, '--allow-delete', '--timeout', '3s'),
        await listening(three, '--allow-delete', '--timeout', '3s'),
      ];
      const ports = [shaky.port, steady.port];
      const link = await badLink(shaky.port);
      const over = () => one.once({ ports: [steady.port], options: ['--peer', link.peer, ...OPTIONS], accept: ANY });
      scenario.edit();
      expect((await over()).status).toBe(0);
      scenario.edit();
      link.records.up = link.records.down = 0;
      expect((await over()).status).toBe(0);
      const whole = { ...link.records };
      expect(whole.up + whole.down, 'states to cut at').toBeGreaterThan(CUTS.reset);
      for (const fault of faultsOf(how, whole)) {
        const where = `${how} of ${fault.direction} after ${fault.after} of ${whole[fault.direction]}`;
        scenario.edit();
        link.records.up = link.records.down = 0;
        link.fault = fault;
        const started = performance.now();
        const run = await over();
        link.fault = undefined;
        expect(performance.now() - started, where).toBeLessThan(30_000);
        expect([0, 23], `${where}\n${run.stdout.slice(-2000)}`).toContain(run.status);
        // What only the lost peer has, and what it would have won, the others get from the next run.
        scenario.expectFirstIn(three.folder, `${where}\n${run.stdout}`);
        scenario.expectWhole(where);
        const rest = await one.once({ ports, options: OPTIONS, accept: ANY });
        expect(rest.summary, `${where}\n${rest.stdout.slice(-3000)}`).toMatchObject({ converged: true, exit: 0 });
        scenario.expectFinished(where);
        expect(snapshot(three.folder), where).toEqual(snapshot(one.folder));
      }
    },
  );

  test('is cut for all but one: that one converges, 23, and a rerun finishes', async () => {
    const { machines } = await makeGroup({ a: 'a' }, { b: 'b' }, { c: 'c' }, { d: 'd' });
    const [one, ...others] = [0, 1, 2, 3].map((i) => at(machines, i));
    const ports: number[] = [];
    const links: BadLink[] = [];
    for (const machine of others) ports.push((await listening(machine, '--timeout', '3s')).port);
    for (const port of ports.slice(1)) links.push(await badLink(port));
    for (const [i, link] of links.entries()) link.fault = { after: 900 + 500 * i, direction: 'down', how: 'reset' };
    const peers = links.flatMap(({ peer }) => ['--peer', peer]);
    const run = await one?.once({ ports: ports.slice(0, 1), options: [...peers, ...OPTIONS], accept: ANY });
    expect(run?.status).toBe(23);
    expect(snapshot(at(others, 0).folder)).toMatchObject(snapshot(one?.folder ?? ''));
    const rest = await one?.once({ ports });
    expect(rest?.summary).toMatchObject({ converged: true, exit: 0 });
    for (const { folder } of others) expect(snapshot(folder)).toEqual(snapshot(one?.folder ?? ''));
  });

  test('that loses the first probes is found all the same', async () => {
    const { machines } = await makeGroup({ a: 'a' }, { b: 'b' });
    const [one, two] = [at(machines, 0), at(machines, 1)];
    const link = await badLink((await listening(two)).port);
    link.probesLost = 2;
    expect((await one.once({ ports: [], options: ['--peer', link.peer] })).summary).toMatchObject({ converged: true });
  });
});

test.runIf(canLimit())('over a link of 1 Mbit/s with packets of 1,280 bytes a run comes to its end', async () => {
  const atEnd = (undo: () => Promise<void> | void) => onTestFinished(async () => void (await undo()));
  const network = limitedNetwork(atEnd, 1280);
  network.limit('1mbit');
  const tree = {
    large: randomBytes(150_000),
    ...Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`${i}`, `${i}`])),
  };
  const { machines } = await openGroup(atEnd, [tree, {}], network.enter);
  const [one, two] = [at(machines, 0), at(machines, 1)];
  const listener = await two.listen({ port: freshPort(), options: ['--timeout', '3s'] });
  onTestFinished(async () => void (await listener.stop()));
  const run = await one.once({ ports: [listener.port], options: ['--timeout', '3s'] });
  expect(run.summary).toMatchObject({ converged: true, problems: 0 });
  expect(run.seconds).toBeGreaterThan(1); // 150 kB at that rate
  writeTree(two.folder, { back: 'back' });
  expect((await one.once({ ports: [listener.port] })).summary).toMatchObject({ converged: true, created: 1 });
});

/** After records spread over the whole of a run: in the handshake, the hello, the tree, contents, the assignment, the goodbye. */
function faultsOf(how: Fault['how'], whole: { up: number; down: number }): Fault[] {
  const all = (['up', 'down'] as const).flatMap((direction) =>
    Array.from({ length: whole[direction] }, (_, after): Fault => ({ how, direction, after, unit: 'records' })),
  );
  return FULL ? all : sampleOf(all, CUTS[how]);
}
