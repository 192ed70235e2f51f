/**
 * Installs files and symlinks: everything about them is set, and verified by the caller, while they are still
 * in the stage; then they get their names in one step (place.ts). Nothing stays in the stage when one fails.
 */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { localStatOf, secondsOf } from '../disk/local-stat.js';
import type { LocalStat } from '../model/entry.js';
import { parentOf, type RelPath } from '../model/path.js';
import { applyError, errnoOf } from './apply-error.js';
import { type PlaceOptions, place } from './place.js';
import type { Stage } from './stage.js';
import type { Metadata, StagedFile } from './staged-file.js';

/**
 * Puts a staged file at `path`. `expected` is what the scan saw there: undefined for a new name. Throws `changed`
 * if something else is there now. Returns the stat to record. Set the metadata before {@link syncAll} if it shall be durable with the content.
 */
export function installFile(
  root: AnchoredRoot,
  path: RelPath,
  staged: StagedFile,
  metadata: Metadata,
  expected: LocalStat | undefined,
  options: PlaceOptions = {},
): LocalStat {
  try {
    staged.setMetadata(metadata);
    const before = staged.stat();
    place(root, path, staged, expected, options);
    const stat = seenFirst(before, staged.stat());
    staged.placed();
    return stat;
  } catch (error) {
    staged.discard();
    walkAnew(root, path, error);
    throw applyError(error, 'install', path);
  }
}

/** The same for a symlink. `target` is its exact bytes, `mtime` in microseconds. */
export function installLink(
  root: AnchoredRoot,
  stage: Stage,
  path: RelPath,
  target: Uint8Array,
  mtime: number,
  expected: LocalStat | undefined,
  options: PlaceOptions = {},
): LocalStat {
  const staged = { stage, path: stage.newName('link') };
  try {
    fs.symlinkSync(Buffer.from(target), root.at(staged.path));
    const seconds = secondsOf(mtime);
    fs.lutimesSync(root.at(staged.path), seconds, seconds);
    const before = localStatOf(fs.lstatSync(root.at(staged.path)));
    place(root, path, staged, expected, options);
    return seenFirst(before, localStatOf(fs.lstatSync(root.at(path))));
  } catch (error) {
    stage.remove(staged.path);
    walkAnew(root, path, error);
    throw applyError(error, 'install', path);
  }
}

/**
 * The stat to record: `after`, because linking moved the ctime; but if someone has edited the file already, the
 * one from before, so that the next scan sees a difference and does not take the edit for what was installed.
 */
function seenFirst(before: LocalStat, after: LocalStat): LocalStat {
  const untouched = before.ino === after.ino && before.size === after.size && before.mtimeMs === after.mtimeMs;
  return untouched ? after : before;
}

/** The directory may have been removed and made again since its handle was opened: the next try finds the new one. */
function walkAnew(root: AnchoredRoot, path: RelPath, error: unknown): void {
  if (errnoOf(error) === 'ENOENT') root.forget(parentOf(path));
}
