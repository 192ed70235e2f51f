/**
 * Steps that wait for everything else of a run: removals, children before parents, and then what takes the place of
 * directories. When too much would go, nothing of it is done (docs/SEMANTICS.md, "Safety stops").
 */
import { type RelPath, ROOT } from '../model/path.js';
import type { Problem } from '../model/problem.js';
import { isTooMuch } from '../plan/delete-limit.js';
import { Backlog } from './backlog.js';
import type { Step } from './decide-step.js';
import type { Replica } from './replica.js';

/** Removals handed to the committer at once. */
const REMOVALS_AT_ONCE = 4096;

/** Does one step in the directory `parent`; never rejects. */
export type Carry = (parent: RelPath, step: Step) => Promise<unknown>;

export class LastSteps {
  /** In the order in which they came: parents first. */
  readonly #removals: { readonly parent: RelPath; readonly step: Step }[] = [];
  readonly #replacements: { readonly parent: RelPath; readonly step: Step }[] = [];

  remove(parent: RelPath, step: Step): void {
    this.#removals.push({ parent, step });
  }

  replace(parent: RelPath, step: Step): void {
    this.#replacements.push({ parent, step });
  }

  /** When too much of the replica would go, drops all of it and says why. */
  refuse({ state, maxDelete }: Pick<Replica, 'state' | 'maxDelete'>): Problem | undefined {
    const removals = this.#removals.length;
    if (removals === 0) return undefined;
    const { entries } = state.settle();
    if (!isTooMuch(removals, entries, maxDelete)) return undefined;
    this.#removals.length = 0;
    this.#replacements.length = 0;
    const what = `${removals} of ${entries} entries would be deleted here, more than --max-delete ${maxDelete}% lets go`;
    const message = `${what}; nothing was deleted. If that is meant, say --max-delete 100% here`;
    return { code: 'refused', path: ROOT, message, fatal: true };
  }

  /** Does all of it, once. */
  async carryOut(remove: Carry, replace: Carry): Promise<void> {
    // The committer keeps their order and does many at once.
    const underWay = new Backlog(REMOVALS_AT_ONCE);
    for (const { parent, step } of this.#removals.splice(0).reverse()) {
      underWay.follow(1, remove(parent, step));
      await underWay.room();
    }
    await underWay.drained();
    for (const { parent, step } of this.#replacements.splice(0)) await replace(parent, step);
  }
}
