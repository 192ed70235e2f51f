/**
 * A lying member by chance: thousands of sessions against a real listener and a real initiator, by the grammar of the
 * messages and by changed bytes. A failure prints fast-check's seed; `P2PSYNC_SESSIONS` sets how many sessions there are,
 * `P2PSYNC_AT_ONCE` how many of them at once dial the listener, `P2PSYNC_MINUTES` after how long either test has enough.
 */
import type { TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { digestOf } from '../../../src/model/digest.js';
import type { Session } from '../../../src/session/channel.js';
import { type Arena, settled, useArena } from './arena.js';
import { answerWith, type Book, dialRaw, dialSession, type Found, push, RawPeer } from './hostile-peer.js';
import { book, frames, type Known, packed } from './lies.js';
import { descriptorsOf, isAlive, memoryOf } from './process-figures.js';

/** Sessions of both tests in an ordinary test run. */
const FEW = 5_200;
const SESSIONS = Number(process.env.P2PSYNC_SESSIONS ?? FEW);
/** Milliseconds from one line to the next that tell how far a long run is. */
const TELL_EVERY = 60_000;
/** Sessions of one round against the listener; its memory is looked at after each. */
const ROUND = 64;
/** Sessions at once. They come from several addresses, because one address may have 32 and 8 in the handshake. */
const AT_ONCE = Number(process.env.P2PSYNC_AT_ONCE ?? 32);
const ADDRESSES = 16;
/** Liars in one run of `once`. A run takes seconds, however few they are. */
const LIARS = 32;
const RUNS = Math.max(1, Math.round((SESSIONS * 0.05) / LIARS));
const ROUNDS = Math.ceil((SESSIONS - RUNS * LIARS) / ROUND);
/** Rounds after which memory is compared with. */
const WARM = Math.min(8, Math.ceil(ROUNDS / 2));
/** Milliseconds of a session in which the listener makes nothing of what it got. */
const PATIENCE = 100;
/** Seconds of a run that meets liars. One that invents directories without end holds it that long (docs/SECURITY.md, "Limits"). */
const RUN_TIME = 20;
/** Seconds until it is over, on a machine that has other things to do. */
const RUN_MAX = 60;
/** kB that the listener may have grown by in the end, caches of what was planted included. */
const GROWTH_MAX = 64 * 1024;
/** kB that each of the liars whom a run meets at once may cost it, of the 16 MiB that a session may (docs/SECURITY.md, "Limits"). */
const LIAR_COST = 2 * 1024;
/** Descriptors: handles of directories are kept (src/disk/anchored-root.ts), nothing else is. */
const HANDLES_MAX = 320;
/** Milliseconds for any number of sessions. */
const UNLIMITED = 24 * 3_600_000;
const ENOUGH = {
  endOnFailure: true,
  interruptAfterTimeLimit: Number(process.env.P2PSYNC_MINUTES ?? 24 * 60) * 60_000,
  markInterruptAsFailure: false,
};

let arena: Arena;
let known: Known;
useArena(
  (made) => {
    arena = made;
  },
  { liars: LIARS, listen: ['--no-fsync', '--timeout', '10s'] },
);
beforeAll(async () => {
  const session = await dialSession(arena.found);
  known = {
    replica: session.peer.replica,
    digests: ['kept', 'inner', 'honest-1'].map((text) => digestOf(Buffer.from(text))),
  };
  await session.close();
});

/** What one liar does to a listener that it dials. */
type Attack = (found: Found) => Promise<void>;

const attacks = (): fc.Arbitrary<Attack> =>
  fc.oneof(
    frames(known).map(
      (sent): Attack =>
        (found) =>
          sendFrames(found, sent),
    ),
    fc.tuple(book(known), fc.array(packed(known), { maxLength: 3 }), fc.boolean()).map(
      ([lies, targets, deletes]): Attack =>
        (found) =>
          pushLies(found, lies, targets, deletes),
    ),
  );

describe('lies by chance', () => {
  test(
    `leave a listener serving, with memory and descriptors as before, after ${ROUNDS * ROUND} sessions`,
    async () => {
      const { pid } = arena.listener;
      arena.mayGrow('listener', Number.POSITIVE_INFINITY); // what stays is bounded below, after each round and in the end
      let before = { memory: memoryOf(pid, 'VmRSS'), open: descriptorsOf(pid) };
      const cold = before.memory;
      const started = performance.now();
      let sessions = 0;
      tellProgress(() => `${sessions} sessions`);
      await fc.assert(
        fc.asyncProperty(fc.array(attacks(), { minLength: ROUND, maxLength: ROUND }), async (round) => {
          await attackAll(round);
          sessions += round.length;
          // By then its threads have started and its heap has the size that it works with.
          if (sessions === WARM * ROUND) before = { memory: memoryOf(pid, 'VmRSS'), open: before.open };
          expect(isAlive(pid)).toBe(true);
          expect(memoryOf(pid, 'VmRSS') - cold).toBeLessThan(2 * GROWTH_MAX);
        }),
        { ...ENOUGH, numRuns: ROUNDS },
      );
      const seconds = (performance.now() - started) / 1000;
      await arena.honestRun();
      // A listener without sessions gives memory back after a second (converge/spare-memory).
      await settled(
        () => descriptorsOf(pid) - before.open <= HANDLES_MAX && memoryOf(pid, 'VmRSS') - before.memory < GROWTH_MAX,
      );
      const grown = { memory: memoryOf(pid, 'VmRSS') - before.memory, open: descriptorsOf(pid) - before.open };
      console.log(
        `${sessions} sessions in ${seconds.toFixed(0)} s; the listener grew by ${grown.memory} kB and ${grown.open} descriptors`,
      );
      expect(grown.open).toBeLessThanOrEqual(HANDLES_MAX);
      expect(grown.memory).toBeLessThan(GROWTH_MAX);
    },
    UNLIMITED,
  );

  test(
    `leave ${RUNS} runs, each of which meets ${LIARS} liars, converged with the honest peer`,
    async () => {
      const { pid } = arena.listener;
      arena.mayGrow('listener', Number.POSITIVE_INFINITY); // as above
      arena.mayGrow('command', GROWTH_MAX + LIARS * LIAR_COST);
      const cold = memoryOf(pid, 'VmRSS');
      const started = performance.now();
      let runs = 0;
      let slowest = 0;
      tellProgress(() => `${runs} runs that met ${runs * LIARS} liars`);
      const liar = fc.oneof({ weight: 3, arbitrary: book(known) }, { weight: 1, arbitrary: frames(known) });
      await fc.assert(
        fc.asyncProperty(fc.array(liar, { minLength: LIARS, maxLength: LIARS }), async (lies) => {
          lies.forEach((lie, i) => void answerBy(arena.liars[i] as Arena['liars'][number], lie));
          const run = await arena.meet(LIARS, ['--timeout', '1s', '--max-time', `${RUN_TIME}s`]);
          runs++;
          slowest = Math.max(slowest, run.seconds);
          expect(run.seconds).toBeLessThan(RUN_MAX);
          expect(memoryOf(pid, 'VmRSS') - cold).toBeLessThan(2 * GROWTH_MAX);
        }),
        { ...ENOUGH, numRuns: RUNS },
      );
      const seconds = (performance.now() - started) / 1000;
      console.log(
        `${runs * LIARS} sessions in ${runs} runs and ${seconds.toFixed(0)} s, ${slowest.toFixed(1)} s at most`,
      );
    },
    UNLIMITED,
  );
});

/** In a run that takes longer than tests do: now and then how far it is, and what the listener holds. */
function tellProgress(done: () => string): void {
  if (SESSIONS <= FEW) return;
  const { pid } = arena.listener;
  const tell = (): void => {
    const held = `the listener holds ${memoryOf(pid, 'VmRSS')} kB and ${descriptorsOf(pid)} descriptors`;
    console.log(`${new Date().toISOString()} ${done()}; ${held}`);
  };
  const timer = setInterval(tell, TELL_EVERY);
  onTestFinished(() => clearInterval(timer));
}

/** Each attack, some at once, from one address after another. */
async function attackAll(round: readonly Attack[]): Promise<void> {
  const waiting = [...round.entries()];
  let unserved = 0;
  const work = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [i, attack] = next;
      await attack({ ...arena.found, from: `127.0.0.${2 + (i % ADDRESSES)}` }).catch(() => unserved++);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  // A busy machine lets some time out; a listener that serves nobody any more would let all.
  expect(unserved).toBeLessThan(round.length / 2);
}

async function sendFrames(found: Found, sent: readonly Buffer[]): Promise<void> {
  const peer = (await dialRaw(found)).hello().bytes(Buffer.concat(sent));
  await Promise.race([peer.closed, pause()]);
  peer.socket.destroy();
}

async function pushLies(found: Found, lies: Book, targets: readonly Buffer[], deletes: boolean): Promise<void> {
  const { attack: _, ...passive } = lies;
  const session: Session = await dialSession(found, { ...passive, hello: { deletes } }, { timeout: 10_000 });
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

function answerBy(liar: Arena['liars'][number], lie: Book | readonly Buffer[]): void {
  if (!Array.isArray(lie)) answerWith(liar, arena.key, lie as Book);
  else {
    liar.onSocket = (socket: TLSSocket) => {
      new RawPeer(socket, arena.key).hello({ purpose: 'serve' }).bytes(Buffer.concat(lie as Buffer[]));
    };
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PATIENCE));
}
