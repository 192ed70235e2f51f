/**
 * Plans a run: for every directory in which the replicas differ, what each path shall be and who lacks it.
 * Parents come before children. Pure decisions over listings that compare-trees.ts fetches.
 */
import { joinPath, type Name, type RelPath } from '../model/path.js';
import { type Action, type Decision, type DirectoryPlan, planDirectory } from '../plan/plan-directory.js';
import type { Policy } from '../plan/policy.js';
import { type Comparison, compareTrees, type Tree } from './compare-trees.js';

export interface PlannedDirectory {
  readonly path: RelPath;
  readonly decisions: readonly Decision[];
}

export async function* planRun(trees: readonly Tree[], policy: Policy): AsyncGenerator<PlannedDirectory> {
  for await (const comparison of compareTrees(trees, 'full')) {
    const { decisions } = await planSettled(comparison, trees, policy);
    yield { path: comparison.path, decisions };
  }
}

/** A name that the plan takes a directory from keeps it if anything below is live after the plan. */
async function planSettled(
  { path, replicas }: Comparison,
  trees: readonly Tree[],
  policy: Policy,
): Promise<DirectoryPlan> {
  const plan = planDirectory(replicas, policy);
  const alive = new Set<Name>();
  for (const name of plan.unsettled) if (await livesBelow(joinPath(path, name), trees, policy)) alive.add(name);
  return alive.size === 0 ? plan : planDirectory(replicas, policy, alive);
}

async function livesBelow(path: RelPath, trees: readonly Tree[], policy: Policy): Promise<boolean> {
  for await (const { replicas } of compareTrees(trees, 'full', path)) {
    if (planDirectory(replicas, policy).live) return true;
  }
  return false;
}

/** Whether the action brings content to the replica, so that it counts in the denominator of the run. */
export function movesContent(action: Action): boolean {
  return action !== 'record' && action !== 'metadata' && action !== 'delete';
}
