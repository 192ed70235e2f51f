/**
 * Gives memory back while a listener has nothing to do: it may wait for days for its next session, and what the last
 * one left is collected only when something new is made.
 */
import v8 from 'node:v8';
import vm from 'node:vm';

/** Milliseconds without a session. */
const IDLE_AFTER = 1_000;

export class IdleMemory {
  #timer: NodeJS.Timeout | undefined;

  /** Something begins. */
  busy(): void {
    clearTimeout(this.#timer);
  }

  /** Nothing is under way any more. */
  idle(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(collect, IDLE_AFTER).unref();
  }
}

/** Node has no call for it without a flag, but the flag may be set for a moment. */
function collect(): void {
  v8.setFlagsFromString('--expose-gc');
  const gc: unknown = vm.runInNewContext('gc');
  v8.setFlagsFromString('--no-expose-gc');
  if (typeof gc === 'function') gc();
}
