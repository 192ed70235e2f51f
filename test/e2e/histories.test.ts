/**
 * Random histories over real processes on loopback: the same machinery as test/converge/histories.test.ts, with the built
 * program. P2PSYNC_PROCESS_HISTORIES sets how many, P2PSYNC_SEED from which one on.
 */
import { expect, test } from 'vitest';
import { type Machine, makeMachine } from '../../scripts/machine.mjs';
import { type Converge, checkRealHistories } from '../converge/real-history.js';
import type { RealSite } from '../converge/real-site.js';
import { SEED } from '../plan/seeds.js';
import { freshPort } from './group.js';
import { ANY } from './said.js';

const HISTORIES = Number(process.env.P2PSYNC_PROCESS_HISTORIES ?? 10);

test(`the invariants hold over ${HISTORIES} histories of real processes (seed ${SEED})`, {
  timeout: 3_600_000,
}, async () => {
  const runs = await checkRealHistories(HISTORIES, { replicasMax: 3, stepsMax: 8 }, converge);
  expect(runs).toBeGreaterThanOrEqual(HISTORIES * 2);
});

const converge: Converge = async ([initiator, ...others], { deletes, conflict }, [, ...consents]) => {
  const listeners = await Promise.all(
    others.map((site, i) => {
      const options = [...hiding(site), ...LIMITS, ...(consents[i] === true ? ['--allow-delete'] : [])];
      return machineOf(site).listen({ port: freshPort(), options });
    }),
  );
  try {
    const site = initiator as RealSite;
    const options = [...hiding(site), ...LIMITS, '--conflict', conflict, '--min-peers', String(others.length)];
    const ports = listeners.map(({ port }) => port);
    const { events } = await machineOf(site).once({
      ports,
      options: [...options, ...(deletes ? ['--delete'] : [])],
      accept: [...ANY],
    });
    return events;
  } finally {
    await Promise.all(listeners.map((listener) => listener.stop()));
  }
};

const LIMITS = ['--max-delete', '100%', '--no-fsync'];

function hiding({ exclude }: RealSite): string[] {
  return exclude.flatMap((pattern) => ['--exclude', pattern]);
}

function machineOf({ label, folder, home }: RealSite): Machine {
  return makeMachine({ name: label, folder, home });
}
