import { expect, onTestFinished, test } from 'vitest';
import { keepSessions } from '../../src/converge/keep-sessions.js';
import type { Session } from '../../src/session/channel.js';
import { EMPTY_TREE } from '../../src/tree/summarize.js';
import { memoryPair } from '../session/memory-pair.js';

/** Milliseconds; a busy machine may hold everything up for most of it. */
const PATIENCE = 1_200;

/** Both ends lose patience soon; the listener tells its root to whoever asks. */
async function idleSession(answers = true): Promise<{ session: Session; asked: () => number }> {
  const deadlines = { timeout: PATIENCE, patience: PATIENCE };
  const { initiator, listener } = await memoryPair({ initiator: deadlines, listener: deadlines });
  onTestFinished(() => initiator.close());
  let asked = 0;
  listener.serve('tree', async (channel) => {
    asked++;
    if (!answers) await new Promise(() => {});
    await channel.send({ type: 'root', ...EMPTY_TREE, seen: [], free: 1 });
    while ((await channel.receive()) !== undefined);
    await channel.end();
  });
  return { session: initiator, asked: () => asked };
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

test('a session with a peer that has nothing to do outlives the patience of both ends while the run moves', async () => {
  const { session, asked } = await idleSession();
  let moved = 0;
  const letGo = keepSessions([session], () => moved++, PATIENCE / 4);
  await pause(4 * PATIENCE);
  expect(session.failure).toBeUndefined();
  letGo();
  const before = asked();
  await expect(session.closed).resolves.toMatchObject({ code: 'timeout' });
  expect(asked()).toBe(before);
});

test('nobody is kept by a run that does not move, nor by a peer that gives no answer', async () => {
  const still = await idleSession();
  const silent = await idleSession(false);
  onTestFinished(keepSessions([still.session], () => 1, PATIENCE / 4));
  let moved = 0;
  onTestFinished(keepSessions([silent.session], () => moved++, PATIENCE / 4));
  const ends = await Promise.all([still.session.closed, silent.session.closed]);
  expect(ends.map((end) => end?.code)).toEqual(['timeout', 'timeout']);
  expect([still.asked(), silent.asked()]).toEqual([0, 1]);
});
