/**
 * Gives memory back while a listener has nothing to do: it may wait for days for its next session, and what the last
 * one left is collected only when something new is made.
 */
import v8 from 'node:v8';
import vm from 'node:vm';

/** Milliseconds without a session. */
const IDLE_AFTER = 1_000;
/**
 * Milliseconds after that. V8 gives the memory of what is young back only if next to nothing was made for five seconds; by
 * then a session that followed the last one at once has come, too.
 */
const REST_AFTER = 9_000;

export class IdleMemory {
  readonly #rest: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** `rest` is called when nothing has happened for ten seconds. */
  constructor(rest: () => void) {
    this.#rest = rest;
  }

  /** Something begins. */
  busy(): void {
    clearTimeout(this.#timer);
  }

  /** Nothing is under way any more. */
  idle(): void {
    this.#after(IDLE_AFTER, () => {
      collect();
      this.#after(REST_AFTER, () => {
        this.#rest();
        collect();
      });
    });
  }

  #after(milliseconds: number, step: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(step, milliseconds).unref();
  }
}

/** Node has no call for it without a flag, but flags may be set for a moment. */
function collect(): void {
  v8.setFlagsFromString('--expose-gc');
  v8.setFlagsFromString('--compact-on-every-full-gc');
  const gc: unknown = vm.runInNewContext('gc');
  if (typeof gc === 'function') gc();
  v8.setFlagsFromString('--no-compact-on-every-full-gc');
  v8.setFlagsFromString('--no-expose-gc');
}
