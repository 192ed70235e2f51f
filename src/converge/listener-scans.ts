/**
 * A listener's scans: one begins when an authenticated probe arrives, so that both sides scan at the same
 * time, and serves the session of that run. A session may use a scan only if it began after the run did.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { sweepLeftBehind } from '../apply/stage.js';
import type { Emit } from '../model/event.js';
import { forgetGone } from '../scan/forget-gone.js';
import { type ScanResult, scanFolder } from '../scan/scan-folder.js';
import type { Session } from '../session/channel.js';
import type { OpenReplica } from './open-replica.js';

/** Runs remembered, to match a session with the scan that its probe began. */
const RUNS_MAX = 64;
/** Milliseconds that a scan waits for what ended sessions still install; what takes longer is met as a change. */
const ENDING_WAIT = 5_000;

/** What a session has assigned and is not all installed. */
interface Installing {
  readonly session: Pick<Session, 'failure'>;
  readonly work: Promise<unknown>;
  isOver: boolean;
}

export class ListenerScans {
  readonly #replica: OpenReplica;
  readonly #emit: Emit;
  readonly #signal: AbortSignal;
  readonly #installing = new Set<Installing>();
  readonly #byRun = new Map<string, Promise<ScanResult>>();
  #running: Promise<unknown> = Promise.resolve();
  /** Asked for but not begun: serves every run that asks before it begins. */
  #next: Promise<ScanResult> | undefined;

  constructor(replica: OpenReplica, emit: Emit, signal: AbortSignal) {
    this.#replica = replica;
    this.#emit = emit;
    this.#signal = signal;
  }

  /** The scan for a run (hex of its id); begun now if that run has none yet. */
  forRun(run: string): Promise<ScanResult> {
    const known = this.#byRun.get(run);
    if (known !== undefined) return known;
    const scan = this.#begin();
    this.#byRun.set(run, scan);
    const oldest = this.#byRun.keys().next();
    if (this.#byRun.size > RUNS_MAX && oldest.value !== undefined) this.#byRun.delete(oldest.value);
    return scan;
  }

  /**
   * Told of a session's installations. Those of a session that has ended are over before the next scan: the run that follows
   * one that was killed finds what that has done recorded, and nothing moves beneath it.
   */
  awaits(work: Promise<unknown>, session: Pick<Session, 'failure' | 'closed'>): void {
    const installing = { session, work: work.catch(() => {}), isOver: false };
    this.#installing.add(installing);
    void installing.work.then(() => this.#installing.delete(installing));
    void session.closed.then(() => {
      installing.isOver = true;
    });
  }

  #begin(): Promise<ScanResult> {
    if (this.#next !== undefined) return this.#next;
    const scan = this.#running.then(async () => {
      if (this.#installing.size > 0) await this.#ended();
      this.#next = undefined;
      return this.#scan();
    });
    this.#next = scan;
    this.#running = scan.catch(() => {}); // whoever asked for it hears of the failure
    return scan;
  }

  async #ended(): Promise<void> {
    await nextTurn(); // a connection that was cut before the probe came is seen to be
    const ending = [...this.#installing].filter(({ isOver, session }) => isOver || session.failure !== undefined);
    const late = new AbortController();
    const limit = sleep(ENDING_WAIT, undefined, { signal: late.signal }).catch(() => {});
    await Promise.race([limit, Promise.all(ending.map(({ work }) => work))]);
    late.abort();
  }

  async #scan(): Promise<ScanResult> {
    const { root, state, filter } = this.#replica;
    this.#replica.checkPlace();
    sweepLeftBehind(root, Date.now());
    const result = await scanFolder({ root, state, filter, signal: this.#signal, now: Date.now });
    this.#replica.checkPlace();
    forgetGone(state, Date.now());
    for (const problem of result.problems) this.#emit({ type: 'problem', ...problem });
    return result;
  }
}
