/** `--backup`: gives what is about to be replaced a second name, where it stays. */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { microsecondsOf } from '../disk/local-stat.js';
import type { LocalStat } from '../model/entry.js';
import { parentOf, type RelPath } from '../model/path.js';
import { errnoOf, isWithoutHardLinks } from './apply-error.js';
import { firstFreeName, moveExclusively } from './free-name.js';
import { ensurePrivateDirectory } from './private-directory.js';
import type { Stage } from './stage.js';

/** Keeps the file or symlink at `path` as `keep`, or `keep.1`, … if that is taken; returns which. */
export function keepOld(root: AnchoredRoot, path: RelPath, stage: Stage, expected: LocalStat, keep: RelPath): RelPath {
  ensurePrivateDirectory(root, parentOf(keep));
  try {
    return firstFreeName(keep, (name) => linkIfFree(root, path, name));
  } catch (error) {
    if (!isWithoutHardLinks(error)) throw error;
    const copy = copyOfOld(root, path, stage, expected);
    return firstFreeName(keep, (name) => moveExclusively(root, copy, name));
  }
}

function linkIfFree(root: AnchoredRoot, path: RelPath, name: RelPath): boolean {
  try {
    fs.linkSync(root.at(path), root.at(name));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** The staged name of a copy with the same metadata. */
function copyOfOld(root: AnchoredRoot, path: RelPath, stage: Stage, expected: LocalStat): RelPath {
  const stats = fs.lstatSync(root.at(path), { bigint: true });
  if (stats.isSymbolicLink()) {
    const name = stage.newName('link');
    fs.symlinkSync(fs.readlinkSync(root.at(path), { encoding: 'buffer' }), root.at(name));
    return name;
  }
  const copy = stage.copyOf(root, path, expected);
  copy.setMetadata({ mtime: microsecondsOf(stats), mode: Number(stats.mode) });
  copy.sync();
  copy.placed();
  return copy.path;
}
