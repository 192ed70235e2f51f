/**
 * The deadlines of a session (docs/PROTOCOL.md [deadlines]). Three things end it: nothing at all was heard for
 * `timeout`; something waits to be sent or is half received and nothing moved for `timeout`; or the peer sends
 * signs of life and nothing else for `patience`. Pings and credit are signs of life, never progress.
 */
import { SyncError } from '../model/sync-error.js';
import { PING_INTERVAL, TICK_MAX } from './session-limits.js';

export interface Watched {
  /** Whether the peer owes us a move: frames wait for it, one of its frames is not complete, or an answer is due. */
  stuck(): boolean;
  ping(): void;
  fail(error: SyncError): void;
}

export class Watchdog {
  readonly #watched: Watched;
  readonly #timeout: number;
  readonly #patience: number;
  readonly #interval: number;
  readonly #timer: NodeJS.Timeout;
  #heard: number;
  #progress: number;
  #stuckSince: number | undefined;
  #sent: number;
  #ticked: number;

  constructor(watched: Watched, timeout: number, patience: number) {
    this.#watched = watched;
    this.#timeout = timeout;
    this.#patience = Math.max(timeout, patience);
    this.#interval = Math.min(TICK_MAX, timeout / 4);
    this.#ticked = this.#heard = this.#progress = this.#sent = performance.now();
    this.#timer = setInterval(() => this.#tick(), this.#interval);
  }

  heard(): void {
    this.#heard = performance.now();
  }

  progressed(): void {
    this.#progress = performance.now();
  }

  /** A message left: that is progress, and as good as a ping. */
  sent(): void {
    this.#sent = this.#progress = performance.now();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    this.#forgive(now - this.#ticked - this.#interval);
    this.#ticked = now;
    this.#ping(now);
    this.#stuckSince = this.#watched.stuck() ? (this.#stuckSince ?? now) : undefined;
    const stuckFor = now - Math.max(this.#progress, this.#stuckSince ?? now);
    if (now - this.#heard > this.#timeout) this.#fail('nothing was heard', this.#timeout);
    else if (stuckFor > this.#timeout) this.#fail('it took or completed nothing', this.#timeout);
    else if (now - this.#progress > this.#patience) this.#fail('it sent signs of life only', this.#patience);
  }

  /** A tick that comes late means that this process slept or was busy: that is not the peer's silence. */
  #forgive(late: number): void {
    if (late < this.#interval) return;
    this.#heard += late;
    this.#progress += late;
    if (this.#stuckSince !== undefined) this.#stuckSince += late;
  }

  #ping(now: number): void {
    if (now - this.#sent < Math.min(PING_INTERVAL, this.#timeout / 3)) return;
    this.#sent = now;
    this.#watched.ping();
  }

  #fail(what: string, after: number): void {
    this.#watched.fail(new SyncError('timeout', `the other end makes no progress: ${what} for ${after / 1000} s`));
  }
}
