/**
 * Random histories over real processes on loopback: the same machinery as test/converge/histories.test.ts, with the built
 * program. P2PSYNC_PROCESS_HISTORIES sets how many, P2PSYNC_SEED from which one on.
 */
import { expect, test } from 'vitest';
import { type Listener, type Machine, makeMachine } from '../../scripts/machine.mjs';
import { checkRealHistory, type Engine, joinAll, type RealOutcome } from '../converge/real-history.js';
import type { RealSite } from '../converge/real-site.js';
import { randomHistory } from '../plan/history.js';
import { checkAll, SEED } from '../plan/seeds.js';
import { freshPort } from './group.js';
import { ANY } from './said.js';

const HISTORIES = Number(process.env.P2PSYNC_PROCESS_HISTORIES ?? 10);

test(`the invariants hold over ${HISTORIES} histories of real processes (seed ${SEED})`, {
  timeout: 3_600_000,
}, async () => {
  let runs = 0;
  const engine: Engine = {
    join: async (sites) => joinAll(sites),
    run: (among, policy, consents) => {
      runs++;
      return runOnce(among, policy, consents);
    },
  };
  const historyOf = (seed: number) =>
    randomHistory(seed, { without: ['forget'], replicasMax: 3, stepsMax: 8, calm: true });
  await checkAll(HISTORIES, historyOf, (history) => checkRealHistory(history, engine));
  expect(runs).toBeGreaterThanOrEqual(HISTORIES * 2);
});

async function runOnce(
  [initiator, ...others]: readonly RealSite[],
  { deletes, conflict }: Parameters<Engine['run']>[1],
  [, ...consents]: readonly boolean[],
): Promise<RealOutcome> {
  const starting = others.map((site, i) => {
    const options = [...hiding(site), ...LIMITS, ...(consents[i] === true ? ['--allow-delete'] : [])];
    return machineOf(site).listen({ port: freshPort(), options });
  });
  const listeners: Listener[] = await Promise.all(starting);
  try {
    const site = initiator as RealSite;
    const options = [...hiding(site), ...LIMITS, '--conflict', conflict, '--min-peers', String(others.length)];
    const ports = listeners.map(({ port }) => port);
    const run = await machineOf(site).once({
      ports,
      options: [...options, ...(deletes ? ['--delete'] : [])],
      accept: [...ANY],
    });
    const { summary, events } = run;
    return {
      changes: events.filter(({ type }) => type === 'change').map(({ path, action }) => `${path} ${action}`),
      contentBytes: Number(summary?.literalBytes) + Number(summary?.matchedBytes) + Number(summary?.reusedBytes),
      failures: events.flatMap(({ type, fatal, message }) => (type === 'problem' && fatal ? [String(message)] : [])),
    };
  } finally {
    await Promise.all(listeners.map((listener) => listener.stop()));
  }
}

const LIMITS = ['--max-delete', '100%', '--no-fsync'];

function hiding({ exclude }: RealSite): string[] {
  return exclude.flatMap((pattern) => ['--exclude', pattern]);
}

function machineOf({ label, folder, home }: RealSite): Machine {
  return makeMachine({ name: label, folder, home });
}
