/**
 * Random histories over the real scan, state, planner, session and apply: folders on a disk, listeners and runs in this
 * process, over loopback. P2PSYNC_REAL_HISTORIES sets how many, P2PSYNC_SEED from which one on.
 */
import { expect, test, vi } from 'vitest';
import { listen } from '../../src/converge/listen.js';
import { once } from '../../src/converge/once.js';
import { LISTEN_DEFAULTS, RUN_DEFAULTS } from '../../src/converge/run-options.js';
import { openFolder } from '../../src/group/open-folder.js';
import type { Emit, SyncEvent } from '../../src/model/event.js';
import { randomHistory } from '../plan/history.js';
import { checkAll, SEED } from '../plan/seeds.js';
import { checkRealHistory, type Engine, joinAll, type RealOutcome } from './real-history.js';
import type { RealSite } from './real-site.js';

const HISTORIES = Number(process.env.P2PSYNC_REAL_HISTORIES ?? 100);
const INTERFACES = ['127.0.0.1'];
/** High, and apart for each process that runs tests. */
const PORT = 44_000 + (process.pid % 500) * 32;

test(`the invariants hold over ${HISTORIES} histories on real folders (seed ${SEED})`, {
  timeout: 3_600_000,
}, async () => {
  // A second ahead, no file is so young that a scan would wait for the next tick of the disk's clock.
  const now = Date.now;
  const spy = vi.spyOn(Date, 'now').mockImplementation(() => now() + 1000);
  let runs = 0;
  const engine: Engine = {
    join: async (sites) => joinAll(sites),
    run: (among, policy, consents) => {
      runs++;
      return runOnce(among, policy, consents);
    },
  };
  const historyOf = (seed: number) =>
    randomHistory(seed, { without: ['forget'], replicasMax: 4, stepsMax: 10, calm: true });
  await checkAll(HISTORIES, historyOf, (history) => checkRealHistory(history, engine));
  spy.mockRestore();
  expect(runs).toBeGreaterThan(HISTORIES * 2);
});

async function runOnce(
  [initiator, ...others]: readonly RealSite[],
  { deletes, conflict }: Parameters<Engine['run']>[1],
  [, ...consents]: readonly boolean[],
): Promise<RealOutcome> {
  const events: SyncEvent[] = [];
  const stop = new AbortController();
  const listeners = others.map((site, i) => startListener(site, consents[i] === true, stop.signal));
  try {
    const ports = await Promise.all(listeners.map(({ port }) => port));
    const { folder, env, exclude } = initiator as RealSite;
    const options = { ...RUN_DEFAULTS, delete: deletes, conflict, exclude, maxDelete: 100, fsync: false };
    const peers = ports.map((port) => `127.0.0.1:${port}`);
    const emit: Emit = (event) => void events.push(event);
    const reaching = { peers, discover: false, minPeers: peers.length, interfaces: INTERFACES };
    const summary = await once(
      openFolder(folder, env),
      { ...options, ...reaching },
      emit,
      new AbortController().signal,
    );
    return {
      changes: events.flatMap((event) => (event.type === 'change' ? [`${event.path} ${event.action}`] : [])),
      contentBytes: summary.literalBytes + summary.matchedBytes + summary.reusedBytes,
      failures: events.flatMap((event) => (event.type === 'problem' && event.fatal ? [event.message] : [])),
    };
  } finally {
    stop.abort();
    await Promise.all(listeners.map(({ ended }) => ended));
  }
}

function startListener({ folder, env, exclude }: RealSite, allowDelete: boolean, signal: AbortSignal) {
  let ended: Promise<void> = Promise.resolve();
  const port = new Promise<number>((resolve, reject) => {
    const emit: Emit = (event) => {
      if (event.type === 'ready') resolve(event.port);
    };
    const own = { interfaces: INTERFACES, port: PORT, allowDelete, exclude, maxDelete: 100, fsync: false };
    ended = listen([openFolder(folder, env)], { ...LISTEN_DEFAULTS, ...own }, emit, signal);
    ended.catch(reject);
  });
  return { port, ended };
}
