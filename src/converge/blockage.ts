/** What a plan leaves undecided, as a problem with its remedy. */
import type { RelPath } from '../model/path.js';
import type { Problem } from '../model/problem.js';
import type { Decision } from '../plan/plan-directory.js';

/** Undefined when the decision is not blocked, or only because the run was told to fail on conflicts. */
export function blockage(path: RelPath, { blocked }: Decision): Problem | undefined {
  if (blocked === undefined) return undefined;
  return { code: blocked === 'name' ? 'name' : 'refused', path, ...REASONS[blocked] };
}

const REASONS: Readonly<
  Record<NonNullable<Decision['blocked']>, { readonly message: string; readonly fatal: boolean }>
> = {
  conflict: { message: 'in conflict: left as it is on every peer', fatal: false },
  name: { message: 'in conflict, and every name for a copy holds something else; rename one', fatal: true },
  vector: { message: 'its history names more replicas than any group has; copy the file to a new name', fatal: true },
};
