/**
 * Removes what dead processes left in the stage. The rule: a directory goes when its owner is dead; when that cannot be
 * told (another host, another container, an earlier boot), it goes once nothing in it changed for a day. A guard
 * that is the last name of its content is moved to the trash, because a crash may have come between an edit and
 * its rescue. The beginning of a large content is kept for the next transfer (partial.ts).
 */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { joinPath, type Name, nameOf, type RelPath, ROOT } from '../model/path.js';
import { keepPartial, PARTIAL_DIRECTORY } from './partial.js';
import { lifeOf } from './stage-owner.js';
import { moveToTrash } from './trash.js';

/** Milliseconds without any change after which a directory of an unknown owner counts as left behind. */
export const ABANDONED_AFTER = 24 * 3600 * 1000;

/** Never throws: what cannot be removed now is tried again by the next run. */
export function sweepStage(root: AnchoredRoot, stage: RelPath, now: number): void {
  for (const name of fs.readdirSync(root.directory(stage), { encoding: 'latin1' })) {
    const path = joinPath(stage, name as Name);
    if (path === PARTIAL_DIRECTORY) continue; // has a rule of its own
    try {
      if (isLeftBehind(root, path, name, now)) removeTree(root, path, now);
    } catch {
      // Another user's, or gone meanwhile.
    }
  }
}

function isLeftBehind(root: AnchoredRoot, path: RelPath, name: string, now: number): boolean {
  const life = lifeOf(name);
  return life === 'dead' || (life === 'unknown' && lastChange(root, path) + ABANDONED_AFTER < now);
}

/** Newest mtime or ctime of the directory and of what is directly in it. */
function lastChange(root: AnchoredRoot, path: RelPath): number {
  const stats = fs.lstatSync(root.at(path));
  let newest = Math.max(stats.mtimeMs, stats.ctimeMs);
  if (!stats.isDirectory()) return newest;
  for (const name of fs.readdirSync(root.directory(path), { encoding: 'latin1' })) {
    const child = fs.lstatSync(root.at(joinPath(path, name as Name)));
    newest = Math.max(newest, child.mtimeMs, child.ctimeMs);
  }
  return newest;
}

/** Empties and removes one process's directory. */
export function removeTree(root: AnchoredRoot, path: RelPath, now: number): void {
  if (!fs.lstatSync(root.at(path)).isDirectory()) {
    removeFile(root, path, now);
    return;
  }
  for (const name of fs.readdirSync(root.directory(path), { encoding: 'latin1' })) {
    removeFile(root, joinPath(path, name as Name), now);
  }
  root.forget(path);
  fs.rmdirSync(root.at(path));
}

function removeFile(root: AnchoredRoot, path: RelPath, now: number): void {
  const name = nameOf(path);
  if (name.startsWith('guard-') && fs.lstatSync(root.at(path)).nlink === 1)
    moveToTrash(root, path, joinPath(ROOT, name), now);
  else if (!keepPartial(root, path)) fs.unlinkSync(root.at(path));
}
