/** Directories below `.p2psync` and for backups: made as they are needed, never through a symlink. */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { parentOf, type RelPath } from '../model/path.js';
import { errnoOf } from './apply-error.js';

/** Makes `path` and what is missing above it, mode 0700. What stands there already must be a directory. */
export function ensurePrivateDirectory(root: AnchoredRoot, path: RelPath): void {
  if (path === '' || isDirectory(root, path)) return;
  ensurePrivateDirectory(root, parentOf(path));
  try {
    fs.mkdirSync(root.at(path), 0o700);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  // Throws `path` if it is a symlink or a file.
  root.directory(path);
}

function isDirectory(root: AnchoredRoot, path: RelPath): boolean {
  try {
    root.directory(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
