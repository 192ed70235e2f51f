/**
 * Whether a target may exist here at all, before anything is decided or fetched for it. An honest peer sends nothing
 * that this refuses: its own scan did not take it (docs/SECURITY.md, "Paths").
 */
import type { ByteString } from '../model/byte-string.js';
import type { Entry } from '../model/entry.js';
import { parentOf, type RelPath } from '../model/path.js';
import { checkPath, PATH_MAX } from '../model/path-rule.js';
import type { Problem } from '../model/problem.js';
import { SyncError } from '../model/sync-error.js';
import { VECTOR_PAIRS_MAX } from '../plan/plan-directory.js';
import { staysInside } from '../scan/link-rule.js';

/** Bytes of a symlink's target, which is collected in memory. */
const LINK_MAX = PATH_MAX - 1;

/** Why the path or what is said to be there is impossible; undefined: it may be. */
export function checkTarget(path: RelPath, { kind, size, vector }: Entry): Problem | undefined {
  try {
    checkPath(path); // a name passed its own rule already, but directory and name may be too long or deep together
  } catch (error) {
    // Told of the directory: a message with this path could not be sent.
    return { code: 'name', path: parentOf(path), message: (error as Error).message, fatal: true };
  }
  if (vector.length > VECTOR_PAIRS_MAX) {
    // No plan could do anything with it any more, and so every later run would be partial because of it.
    const message = `its history names ${vector.length} replicas, more than any group has; it was not taken`;
    return { code: 'refused', path, message, fatal: true };
  }
  if (kind !== 'symlink' || (size > 0 && size <= LINK_MAX)) return undefined;
  const message = `expected a symlink's target of 1 to ${LINK_MAX} bytes, the peer claims ${size}; it was not made`;
  return { code: 'unsafe-link', path, message, fatal: true };
}

/** Throws for a link that the own scan would skip, so that a peer cannot plant what leads out of the folder. */
export function checkLink(path: RelPath, target: ByteString): void {
  if (staysInside(parentOf(path), target)) return;
  throw new SyncError('path', 'a peer has a symlink here that leads out of the folder; it was not made', {
    problem: 'unsafe-link',
  });
}
