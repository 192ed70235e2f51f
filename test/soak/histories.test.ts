/**
 * The random histories of test/plan/invariants.test.ts, two million of them: P2PSYNC_HISTORIES sets how many,
 * P2PSYNC_SEED from which one on, P2PSYNC_WORKERS in how many processes. Says on standard error how far it is, and what
 * failed as soon as it did.
 */
import { expect, test } from 'vitest';
import { checkBundled } from '../plan/check-bundled.js';
import { SEED } from '../plan/seeds.js';

const HISTORIES = Number(process.env.P2PSYNC_HISTORIES ?? 2_000_000);
const WORKERS = Number(process.env.P2PSYNC_WORKERS ?? 2);

test(`the invariants hold over ${HISTORIES} histories (seed ${SEED})`, { timeout: 14_400_000 }, async () => {
  const checked = await checkBundled(SEED, HISTORIES, WORKERS, (line) => process.stderr.write(`${line}\n`));
  expect(checked.failures).toEqual([]);
  expect(checked.histories).toBeGreaterThanOrEqual(HISTORIES);
});
