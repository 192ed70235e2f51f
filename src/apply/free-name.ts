/** Moves onto names that nothing has; overwrites nothing. */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import type { RelPath } from '../model/path.js';
import { errnoOf, isWithoutHardLinks } from './apply-error.js';
import { statAt } from './expected.js';

/** The first of `wanted`, `wanted.1`, … for which `take` succeeds; `take` says false if the name is taken. */
export function firstFreeName(wanted: RelPath, take: (name: RelPath) => boolean): RelPath {
  for (let attempt = 0; ; attempt++) {
    const name = (attempt === 0 ? wanted : `${wanted}.${attempt}`) as RelPath;
    if (take(name)) return name;
  }
}

/** Moves a file or symlink to another name if nothing has that; false if something does. */
export function moveExclusively(root: AnchoredRoot, from: RelPath, to: RelPath): boolean {
  try {
    fs.linkSync(root.at(from), root.at(to));
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    if (!isWithoutHardLinks(error)) throw error;
    // Without hard links nothing better is there than to look first.
    if (statAt(root, to) !== undefined) return false;
    fs.renameSync(root.at(from), root.at(to));
    return true;
  }
  fs.unlinkSync(root.at(from));
  return true;
}
