/**
 * Random histories over the real scan, state, planner, session and apply: folders on a disk, listeners and runs in this
 * process, over loopback. P2PSYNC_REAL_HISTORIES sets how many, P2PSYNC_SEED from which one on.
 */
import { expect, test, vi } from 'vitest';
import { SEED } from '../plan/seeds.js';
import { convergeHere } from './converge-here.js';
import { checkRealHistories } from './real-history.js';

const HISTORIES = Number(process.env.P2PSYNC_REAL_HISTORIES ?? 300);

test(`the invariants hold over ${HISTORIES} histories on real folders (seed ${SEED})`, {
  timeout: 3_600_000,
}, async () => {
  // A second ahead, no file is so young that a scan would wait for the next tick of the disk's clock.
  const now = Date.now;
  const spy = vi.spyOn(Date, 'now').mockImplementation(() => now() + 1000);
  const runs = await checkRealHistories(HISTORIES, { replicasMax: 4, stepsMax: 10 }, convergeHere);
  spy.mockRestore();
  expect(runs).toBeGreaterThan(HISTORIES * 2);
});
