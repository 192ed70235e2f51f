/** Where content goes that was replaced: to a backup, or, if it was edited at that very moment, to a conflict copy. */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { openRegularFile } from '../disk/regular-file.js';
import { type Digest, digestStream, hexOf } from '../model/digest.js';
import type { LocalStat } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import { errnoOf, isWithoutHardLinks } from './apply-error.js';
import { statAt } from './expected.js';
import type { Stage } from './stage.js';

/** Bytes read at once. */
const PIECE = 256 * 1024;

/** Moves a staged name to `wanted`, or to `wanted.1`, … if that is taken; returns where. Overwrites nothing. */
export function moveToFreeName(root: AnchoredRoot, from: RelPath, wanted: RelPath): RelPath {
  for (let attempt = 0; ; attempt++) {
    const target = (attempt === 0 ? wanted : `${wanted}.${attempt}`) as RelPath;
    if (moveExclusively(root, from, target)) return target;
  }
}

/** Moves a name to another if nothing has that; false if something does. */
export function moveExclusively(root: AnchoredRoot, from: RelPath, target: RelPath): boolean {
  try {
    fs.linkSync(root.at(from), root.at(target));
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    if (!isWithoutHardLinks(error)) throw error;
    if (statAt(root, target) !== undefined) return false;
    fs.renameSync(root.at(from), root.at(target));
    return true;
  }
  fs.unlinkSync(root.at(from));
  return true;
}

/** A backup by copying, where the old content cannot be given a second name. */
export function keepCopy(root: AnchoredRoot, path: RelPath, stage: Stage, expected: LocalStat, keep: RelPath): void {
  const stats = fs.lstatSync(root.at(path));
  const copy = stats.isSymbolicLink() ? copyOfLink(root, path, stage) : stage.copyOf(root, path, expected);
  if (typeof copy === 'string') return void moveToFreeName(root, copy, keep);
  copy.setMetadata({ mtime: Math.round(stats.mtimeMs * 1000), mode: stats.mode });
  moveToFreeName(root, copy.path, keep);
  copy.placed();
}

/** The name of the conflict copy of `path` for the content that `guard` holds now. */
export function copyNameOf(root: AnchoredRoot, path: RelPath, guard: RelPath): RelPath {
  return `${path}.conflict-${hexOf(digestAt(root, guard)).slice(0, 10)}` as RelPath;
}

function copyOfLink(root: AnchoredRoot, path: RelPath, stage: Stage): RelPath {
  const name = stage.newName('link');
  fs.symlinkSync(fs.readlinkSync(root.at(path), { encoding: 'buffer' }), root.at(name));
  return name;
}

function digestAt(root: AnchoredRoot, path: RelPath): Digest {
  const { fd } = openRegularFile(root, path);
  try {
    const digest = digestStream();
    const buffer = Buffer.allocUnsafe(PIECE);
    for (let read = fs.readSync(fd, buffer); read > 0; read = fs.readSync(fd, buffer)) {
      digest.update(buffer.subarray(0, read));
    }
    return digest.digest();
  } finally {
    fs.closeSync(fd);
  }
}
