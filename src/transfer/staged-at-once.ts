/** Bounds how many staged files are there at once, because each holds a descriptor until it has its name or is given up. */
import type { Obtained } from './obtained.js';
import { Slots } from './slots.js';

/** For each session; a process may have as few as 1,024 descriptors. */
const STAGED_MAX = 256;

export class StagedAtOnce {
  readonly #slots = new Slots(STAGED_MAX);

  /** Begins `work` when there is room, and takes the room until what it staged, if anything, is out of the stage. */
  obtain<T extends Obtained | undefined>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const working = this.#slots.run(async () => {
        const obtained = await work();
        resolve(obtained);
        if (obtained !== undefined && 'staged' in obtained) await obtained.staged.whenPlaced();
      });
      working.catch(reject);
    });
  }
}
