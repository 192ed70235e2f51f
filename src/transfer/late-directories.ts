/**
 * Directories that are not made at once, because what they displace must find the names of conflict copies as the plan
 * has them (plan/install-order.ts). What is wanted below them waits.
 */
import { parentOf, type RelPath, ROOT } from '../model/path.js';

export class LateDirectories {
  readonly #expected = new Map<RelPath, Promise<unknown>>();

  /** Once `installing` is over, the directory stands or will not be made. */
  expect(path: RelPath, installing: Promise<void>): void {
    const over = () => this.#expected.delete(path);
    this.#expected.set(path, installing.then(over, over));
  }

  /** Undefined if nothing is to be waited for; otherwise to be asked again after it has resolved. */
  above(path: RelPath): Promise<unknown> | undefined {
    if (this.#expected.size === 0) return undefined;
    for (let each = path; each !== ROOT; each = parentOf(each)) {
      const expected = this.#expected.get(each);
      if (expected !== undefined) return expected;
    }
    return undefined;
  }
}
