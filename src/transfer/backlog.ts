/**
 * Counts work under way and lets whoever makes more of it wait until there is room. Unlike a race over all that
 * is running, it costs the same however many pieces the work is in.
 */

/**
 * Entries of each replica under way at once, where they are planned and where they are installed; bounds memory. Four times
 * as many at the receiver took it a quarter more memory, and no less time.
 */
export const ENTRIES_AHEAD = 2048;
/** The same in a wide directory, by the entries that it has already: its record is written whole each time. */
const SHARE_AHEAD = 1 / 4;
const ENTRIES_AHEAD_MAX = 16_384;

/** Entries that may be under way in a directory that has so many. */
export function entriesAhead(entries: number): number {
  return Math.min(Math.max(ENTRIES_AHEAD, entries * SHARE_AHEAD), ENTRIES_AHEAD_MAX);
}

export class Backlog {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #size = 0;
  #failure: { readonly error: unknown } | undefined;

  /** `limit`: units that may be under way before {@link room} waits. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts `units` until the work is done. A failure is kept for {@link room} and {@link drained}. */
  follow(units: number, work: Promise<unknown>): void {
    this.#size += units;
    work
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#size -= units;
        for (const wake of this.#waiting.splice(0)) wake();
      });
  }

  /** Waits until no more than the limit is under way; rejects with the first failure. */
  room(limit = this.#limit): Promise<void> {
    return this.#below(limit);
  }

  /** Waits until nothing is under way; rejects with the first failure, then too only when all is over. */
  drained(): Promise<void> {
    return this.#below(0);
  }

  async #below(limit: number): Promise<void> {
    while (this.#size > limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
