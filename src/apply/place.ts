/**
 * Gives something staged its final name, atomically: at every moment the path holds the whole old or the whole
 * new content, and what stands there is replaced only if it is what the scan saw (docs/SECURITY.md, "Receive").
 */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { localStatOf } from '../disk/local-stat.js';
import type { LocalStat } from '../model/entry.js';
import { parentOf, type RelPath } from '../model/path.js';
import { changed, errnoOf, isWithoutHardLinks } from './apply-error.js';
import { checkExpected, sameButCtime, statAt, takenError } from './expected.js';
import { copyNameOf, keepCopy, moveToFreeName } from './keep.js';
import { ensurePrivateDirectory } from './private-directory.js';
import type { Stage } from './stage.js';

export interface Staged {
  readonly stage: Stage;
  readonly path: RelPath;
}

export interface PlaceOptions {
  /** Where the replaced content stays (`--backup`); a name that is taken gets a number. */
  readonly keep?: RelPath | undefined;
}

/** Puts `staged` at `path`; returns where an edit was saved that came at the very moment of the replacement. */
export function place(
  root: AnchoredRoot,
  path: RelPath,
  staged: Staged,
  expected: LocalStat | undefined,
  options: PlaceOptions,
): RelPath | undefined {
  if (expected !== undefined) return replace(root, path, staged, expected, options);
  appear(root, path, staged);
  return undefined;
}

/** A new name: `link` fails if anything has it, so a file that appeared since the scan is never overwritten. */
function appear(root: AnchoredRoot, path: RelPath, staged: Staged): void {
  try {
    fs.linkSync(root.at(staged.path), root.at(path));
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') throw takenError(root, path);
    if (!isWithoutHardLinks(error)) throw error;
    claim(root, path, staged);
    return;
  }
  fs.unlinkSync(root.at(staged.path));
}

/**
 * The same without hard links (FAT, some network file systems): an empty file claims the name and is renamed
 * over. A crash between the two leaves that empty file; without `link` every way has either this or a race.
 */
function claim(root: AnchoredRoot, path: RelPath, staged: Staged): void {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = fs.constants;
  let fd: number;
  try {
    fd = fs.openSync(root.at(path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  } catch (error) {
    throw errnoOf(error) === 'EEXIST' ? takenError(root, path) : error;
  }
  const claimed = localStatOf(fs.fstatSync(fd));
  fs.closeSync(fd);
  checkExpected(root, path, claimed);
  try {
    fs.renameSync(root.at(staged.path), root.at(path));
  } catch (error) {
    const there = statAt(root, path);
    if (there !== undefined && sameButCtime(localStatOf(there), claimed)) fs.unlinkSync(root.at(path));
    throw error;
  }
}

/**
 * A replacement. The guard, a second name for the old inode, keeps what someone writes into it between the last
 * check and the rename. What remains is an editor that renames a new file onto the path within the microseconds
 * between those two calls: Node has no exchange of names.
 */
function replace(
  root: AnchoredRoot,
  path: RelPath,
  staged: Staged,
  expected: LocalStat,
  options: PlaceOptions,
): RelPath | undefined {
  const old = checkExpected(root, path, expected);
  const { keep } = options;
  if (keep !== undefined) ensurePrivateDirectory(root, parentOf(keep));
  // A symlink's content cannot be edited: it needs a second name only to be kept.
  const guard = old.isFile() || keep !== undefined ? guardOf(root, path, staged.stage) : undefined;
  try {
    if (guard === undefined && keep !== undefined) keepCopy(root, path, staged.stage, expected, keep);
    const now = statAt(root, path);
    if (now === undefined || !sameButCtime(localStatOf(now), expected)) {
      throw changed(path, 'was changed since it was scanned');
    }
    fs.renameSync(root.at(staged.path), root.at(path));
  } catch (error) {
    if (guard !== undefined) staged.stage.remove(guard);
    throw error;
  }
  return guard === undefined ? undefined : settleGuard(root, path, staged.stage, guard, expected, options);
}

/** A second name for what stands at `path`, or undefined where there are no hard links: then there is no guard. */
function guardOf(root: AnchoredRoot, path: RelPath, stage: Stage): RelPath | undefined {
  const guard = stage.newName('guard');
  try {
    fs.linkSync(root.at(path), root.at(guard));
    return guard;
  } catch (error) {
    if (isWithoutHardLinks(error)) return undefined;
    throw error;
  }
}

/** The replacement is done. The old content goes, stays as a backup, or was edited and becomes a conflict copy. */
function settleGuard(
  root: AnchoredRoot,
  path: RelPath,
  stage: Stage,
  guard: RelPath,
  expected: LocalStat,
  options: PlaceOptions,
): RelPath | undefined {
  if (!sameButCtime(localStatOf(fs.lstatSync(root.at(guard))), expected)) {
    // Moved, not copied: whoever is still writing writes into the copy.
    return moveToFreeName(root, guard, copyNameOf(root, path, guard));
  }
  if (options.keep === undefined) stage.remove(guard);
  else moveToFreeName(root, guard, options.keep);
  return undefined;
}
