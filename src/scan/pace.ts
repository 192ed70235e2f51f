/** Lets the event loop turn at least every few milliseconds, because a listener serves sessions while it scans. */
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { SyncError } from '../model/sync-error.js';

/** Milliseconds of work between two turns. */
const SLICE = 10;
/** Steps between two looks at the clock, minus one; a power of two minus one. */
const STEPS = 15;

export class Pace {
  readonly #signal: AbortSignal | undefined;
  readonly #onTurn: () => void;
  #sliceEnd = performance.now() + SLICE;
  #steps = 0;

  constructor(signal: AbortSignal | undefined, onTurn: () => void) {
    this.#signal = signal;
    this.#onTurn = onTurn;
    this.#check();
  }

  /** Called for each small step; true when `turn` is due. */
  isDue(): boolean {
    return (this.#steps++ & STEPS) === 0 && this.isOver();
  }

  /** The same for large steps. */
  isOver(): boolean {
    return performance.now() >= this.#sliceEnd;
  }

  /** Throws `interrupted` when the scan is to stop. */
  async turn(): Promise<void> {
    this.#check();
    this.#onTurn();
    await nextTurn();
    this.#check();
    this.#sliceEnd = performance.now() + SLICE;
  }

  async sleep(milliseconds: number): Promise<void> {
    if (milliseconds > 0) {
      // Rejects when aborted; `turn` then says so in our words.
      await delay(milliseconds, undefined, this.#signal === undefined ? {} : { signal: this.#signal }).catch(() => {});
    }
    await this.turn();
  }

  #check(): void {
    if (this.#signal?.aborted)
      throw new SyncError('interrupted', 'the scan was interrupted', { cause: this.#signal.reason });
  }
}
