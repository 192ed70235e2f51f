/**
 * Plans a run: for every directory in which the replicas differ, what each path shall be and who lacks it.
 * Parents come before children. Pure decisions over listings that compare-trees.ts fetches.
 */
import { isLive } from '../model/entry.js';
import { joinPath, type RelPath } from '../model/path.js';
import { type Decision, planDirectory } from '../plan/plan-directory.js';
import type { Policy } from '../plan/policy.js';
import { reviveDirectory } from '../plan/revive.js';
import { findEntry } from '../tree/edit-directory.js';
import { type Comparison, compareTrees, type Tree } from './compare-trees.js';

export interface PlannedDirectory {
  readonly path: RelPath;
  readonly decisions: readonly Decision[];
}

export async function* planRun(trees: readonly Tree[], policy: Policy): AsyncGenerator<PlannedDirectory> {
  for await (const comparison of compareTrees(trees, 'full')) {
    const { decisions } = planDirectory(comparison.replicas, policy);
    yield {
      path: comparison.path,
      decisions: policy.deletes ? await revive(comparison, decisions, trees, policy) : decisions,
    };
  }
}

/** A directory that some replica deleted stays if anything below it is live after the plan. */
async function revive(
  comparison: Comparison,
  decisions: readonly Decision[],
  trees: readonly Tree[],
  policy: Policy,
): Promise<Decision[]> {
  const revived: Decision[] = [];
  for (const decision of decisions) {
    const versions = comparison.replicas.map((directory) => findEntry(directory, decision.target.name));
    const wasDirectory = versions.some((entry) => entry?.kind === 'directory');
    const lives =
      decision.target.kind === 'deleted' &&
      wasDirectory &&
      (await liveBelow(joinPath(comparison.path, decision.target.name), trees, policy));
    revived.push(lives ? reviveDirectory(versions) : decision);
  }
  return revived;
}

async function liveBelow(path: RelPath, trees: readonly Tree[], policy: Policy): Promise<boolean> {
  for await (const { replicas } of compareTrees(trees, 'full', path)) {
    if (planDirectory(replicas, policy).decisions.some(({ target }) => isLive(target))) return true;
  }
  return false;
}
