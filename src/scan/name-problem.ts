/** Names on the own disk that the group cannot hold (docs/SECURITY.md, "Paths"): skipped and reported. */
import { componentsOf, joinPath, type Name, type RelPath } from '../model/path.js';
import { checkName, DEPTH_MAX, isReserved, PATH_MAX } from '../model/path-rule.js';
import type { Problem } from '../model/problem.js';

export function nameProblem(directory: RelPath, name: Name): Problem | undefined {
  const path = joinPath(directory, name);
  if (isReserved(name)) {
    return {
      code: 'name',
      path,
      message: 'has a name that is reserved for p2psync; it is not synchronised',
      fatal: false,
    };
  }
  const rule = brokenRule(path, name);
  if (rule === undefined) return undefined;
  return { code: 'name', path, message: `${rule}; it is not synchronised, rename or move it`, fatal: true };
}

function brokenRule(path: RelPath, name: Name): string | undefined {
  if (path.length > PATH_MAX) return `has a path of ${path.length} bytes, more than ${PATH_MAX}`;
  // A path with fewer slashes than this cannot be too deep, whatever it is.
  if (path.length > 2 * DEPTH_MAX && componentsOf(path).length > DEPTH_MAX)
    return `lies deeper than ${DEPTH_MAX} directories`;
  try {
    checkName(name);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
