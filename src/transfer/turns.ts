/** Takes turns with everything else on the event loop: long work calls {@link Turns.pause} between its steps. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds of work at a stretch, so that other sessions and timers wait less than 10 with their step. */
const TURN_MS = 5;

export class Turns {
  #since = performance.now();

  /** Whether the turn is over; then await {@link pause}. Spares short steps the cost of an await. */
  get over(): boolean {
    return performance.now() - this.#since > TURN_MS;
  }

  /** Lets others run if the turn is over. */
  async pause(): Promise<void> {
    if (!this.over) return;
    await nextTurn();
    this.#since = performance.now();
  }
}
