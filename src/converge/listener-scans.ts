/**
 * A listener's scans: one begins when an authenticated probe arrives, so that both sides scan at the same
 * time, and serves the session of that run. A session may use a scan only if it began after the run did.
 */
import { sweepLeftBehind } from '../apply/stage.js';
import type { Emit } from '../model/event.js';
import { forgetGone } from '../scan/forget-gone.js';
import { type ScanResult, scanFolder } from '../scan/scan-folder.js';
import type { OpenReplica } from './open-replica.js';

/** Runs remembered, to match a session with the scan that its probe began. */
const RUNS_MAX = 64;

export class ListenerScans {
  readonly #replica: OpenReplica;
  readonly #emit: Emit;
  readonly #signal: AbortSignal;
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

  #begin(): Promise<ScanResult> {
    if (this.#next !== undefined) return this.#next;
    const scan = this.#running.then(() => {
      this.#next = undefined;
      return this.#scan();
    });
    this.#next = scan;
    this.#running = scan.catch(() => {}); // whoever asked for it hears of the failure
    return scan;
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
