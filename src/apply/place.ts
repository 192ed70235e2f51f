/**
 * Gives something staged its final name, atomically: at every moment the path holds the whole old or the whole
 * new content, and what stands there is replaced only if it is what the scan saw (docs/SECURITY.md, "Receive").
 */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { localStatOf } from '../disk/local-stat.js';
import type { LocalStat } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import { changed, errnoOf, isWithoutHardLinks } from './apply-error.js';
import { checkExpected, sameButCtime, statAt, takenError } from './expected.js';
import { keepOld } from './keep.js';
import type { Stage } from './stage.js';

export interface Staged {
  readonly stage: Stage;
  readonly path: RelPath;
}

export interface PlaceOptions {
  /** Where the replaced content stays (`--backup`); a name that is taken gets a number. */
  readonly keep?: RelPath | undefined;
  /** True: the replaced file has another name already (preserve.ts) and needs no guard. */
  readonly preserved?: boolean;
}

/** Puts `staged` at `path`, where `expected` says what the scan saw; undefined: nothing. */
export function place(
  root: AnchoredRoot,
  path: RelPath,
  staged: Staged,
  expected: LocalStat | undefined,
  options: PlaceOptions,
): void {
  if (expected === undefined) appear(root, path, staged);
  else replace(root, path, staged, expected, options);
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
 * A replacement. The old inode keeps a second name, the backup's or a guard's, so that what someone writes into it
 * around the rename is not lost with it (guards.ts). What remains is an editor that renames a new file onto the
 * path within the microseconds between the last check and the rename: Node has no exchange of names.
 */
function replace(root: AnchoredRoot, path: RelPath, staged: Staged, expected: LocalStat, options: PlaceOptions): void {
  const { stage } = staged;
  const { keep } = options;
  // A symlink's content cannot be edited: without a backup it needs no second name.
  const old = checkExpected(root, path, expected);
  const guarded = old.isFile() && !(options.preserved === true && old.nlink > 1);
  const second =
    keep === undefined ? guarded && nameGuard(root, path, stage) : keepOld(root, path, stage, expected, keep);
  try {
    // Both names are ready before the last look, so that the rename follows it without delay.
    const [from, to] = [root.at(staged.path), root.at(path)];
    const now = fs.lstatSync(to, { throwIfNoEntry: false });
    if (now === undefined || !sameButCtime(localStatOf(now), expected)) {
      throw changed(path, 'was changed since it was scanned');
    }
    fs.renameSync(from, to);
  } catch (error) {
    if (second !== false) stage.remove(second);
    throw error;
  }
  if (keep === undefined && second !== false) stage.guards.add({ path, guard: second, expected });
}

/** A second name in the stage for the file at `path`; false where there are no hard links. */
function nameGuard(root: AnchoredRoot, path: RelPath, stage: Stage): RelPath | false {
  const guard = stage.newName('guard');
  try {
    fs.linkSync(root.at(path), root.at(guard));
    return guard;
  } catch (error) {
    if (isWithoutHardLinks(error)) return false;
    throw error;
  }
}
