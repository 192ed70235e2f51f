/** Which symlinks are synchronised: relative ones that cannot leave the folder (docs/SECURITY.md, "Paths"). */
import type { ByteString } from '../model/byte-string.js';
import { componentsOf, type RelPath } from '../model/path.js';

/**
 * Whether `target`, the content of a link in `directory`, stays inside. `..` counts only at the start, where
 * it climbs through directories that are known to be real: behind a name, which may be a symlink itself, it
 * could lead anywhere.
 */
export function staysInside(directory: RelPath, target: ByteString): boolean {
  if (target === '' || target.startsWith('/')) return false;
  let climb = componentsOf(directory).length;
  let below = false;
  for (const component of target.split('/')) {
    if (component === '' || component === '.') continue;
    if (component !== '..') below = true;
    else if (below || climb-- === 0) return false;
  }
  return true;
}
