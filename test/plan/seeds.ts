/** Seeds of a test that is random: how many histories, from which seed on, and how to repeat one that fails. */
import type { History } from './history.js';
import { shrink } from './shrink.js';

/** `P2PSYNC_SEED` repeats a run; without it every run sees other histories. */
export const SEED = process.env.P2PSYNC_SEED === undefined ? Date.now() & 0x3fffffff : Number(process.env.P2PSYNC_SEED);

/** Throws with seed and smallest history if one of those of seeds `first` to `first + count - 1` fails. */
export async function checkAll(
  count: number,
  historyOf: (seed: number) => History,
  check: (history: History) => void | Promise<void>,
  first = SEED,
): Promise<void> {
  for (let seed = first; seed < first + count; seed++) {
    try {
      const checked = check(historyOf(seed));
      if (checked !== undefined) await checked;
    } catch (error) {
      const smallest = await shrink(historyOf(seed), (history) => failureOf(history, check));
      const why = (await failureOf(smallest, check)) ?? String(error);
      const repeat = `P2PSYNC_SEED=${seed} P2PSYNC_HISTORIES=1`;
      throw new Error(`history ${seed} (${repeat}): ${why}\n${JSON.stringify(smallest, undefined, 1)}`, {
        cause: error,
      });
    }
  }
}

async function failureOf(
  history: History,
  check: (history: History) => void | Promise<void>,
): Promise<string | undefined> {
  try {
    await check(history);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
