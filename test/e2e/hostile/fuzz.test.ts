/**
 * A lying member by chance: hundreds of sessions against a real listener and a real initiator. A failure prints
 * fast-check's seed; `P2PSYNC_SESSIONS` sets how many sessions there are.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/model/digest.js';
import type { Session } from '../../../src/session/channel.js';
import { type Arena, descriptorsOf, isAlive, makeArena, memoryOf, settled } from './arena.js';
import { answerWith, type Book, dialRaw, dialSession, push } from './hostile-peer.js';
import { book, frames, type Known, packed } from './lies.js';

const SESSIONS = Number(process.env.P2PSYNC_SESSIONS ?? 320);
/** Sessions at once against the listener; its memory is looked at after each such batch. */
const AT_ONCE = 8;
/** Liars in one run of `once`. */
const LIARS = 6;
const RUNS = Math.max(1, Math.round((SESSIONS * 0.15) / LIARS));
const BATCHES = Math.ceil((SESSIONS - RUNS * LIARS) / AT_ONCE);
/** Milliseconds of a session in which the listener makes nothing of what it got. */
const PATIENCE = 250;
/** kB that the listener may have grown by in the end, caches of what was planted included. */
const GROWTH_MAX = 64 * 1024;
/** Descriptors: handles of directories are kept (src/disk/anchored-root.ts), nothing else is. */
const HANDLES_MAX = 320;

let arena: Arena;
let known: Known;
beforeAll(async () => {
  arena = await makeArena();
  const session = await dialSession(arena.found);
  known = {
    replica: session.peer.replica,
    digests: ['kept', 'inner', 'honest-1'].map((text) => digestOf(Buffer.from(text))),
  };
  await session.close();
});
afterAll(() => arena?.close());

describe('lies by chance', () => {
  test(`leave a listener serving, with memory and descriptors as before, after ${BATCHES * AT_ONCE} sessions`, async () => {
    const { pid } = arena.listener;
    const before = { memory: memoryOf(pid, 'VmRSS'), open: descriptorsOf(pid) };
    const session = fc.oneof(
      frames(known).map((sent) => () => sendFrames(sent)),
      fc.tuple(book(known), fc.array(packed(known), { maxLength: 3 }), fc.boolean()).map(
        ([lies, targets, deletes]) =>
          () =>
            pushLies(lies, targets, deletes),
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(session, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (batch) => {
        await Promise.all(batch.map((attack) => attack()));
        expect(isAlive(pid)).toBe(true);
        expect(memoryOf(pid, 'VmRSS') - before.memory).toBeLessThan(2 * GROWTH_MAX);
      }),
      { numRuns: BATCHES, endOnFailure: true },
    );
    await arena.attackListener(async () => {});
    await settled(() => descriptorsOf(pid) - before.open <= HANDLES_MAX);
    expect(descriptorsOf(pid) - before.open).toBeLessThanOrEqual(HANDLES_MAX);
    expect(memoryOf(pid, 'VmRSS') - before.memory).toBeLessThan(GROWTH_MAX);
  }, 1_800_000);

  test(`leave ${RUNS} runs, each of which meets ${LIARS} liars, converged with the honest peer`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(book(known), { minLength: LIARS, maxLength: LIARS }), async (books) => {
        books.forEach((lies, i) => void answerWith(arena.liars[i] as Arena['liars'][number], arena.key, lies));
        const run = await arena.attackInitiator(LIARS);
        expect(run.seconds).toBeLessThan(30);
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 1_800_000);
});

async function sendFrames(sent: readonly Buffer[]): Promise<void> {
  const peer = (await dialRaw(arena.found)).hello();
  for (const frame of sent) peer.bytes(frame);
  await Promise.race([peer.closed, pause()]);
  peer.socket.destroy();
}

async function pushLies(lies: Book, targets: readonly Buffer[], deletes: boolean): Promise<void> {
  const { attack: _, ...passive } = lies;
  const session: Session = await dialSession(arena.found, { ...passive, hello: { deletes } }, { timeout: 2_000 });
  const at = ['', 'sub', 'a'];
  const pushed = push(
    session,
    targets.map((target, i) => [at[i % at.length] as string, target] as const),
    { deletes },
  );
  const answered = lies.attack?.(session) ?? Promise.resolve();
  await Promise.race([Promise.allSettled([pushed, answered]), session.closed, pause()]);
  pushed.catch(() => {});
  await Promise.race([session.close(), pause()]);
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PATIENCE));
}
