/**
 * Which directories may become a synchronised folder, and what a user is told about those that may not.
 * Every path here is a real one, so that two names of a folder are one folder.
 */
import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../model/sync-error.js';
import { joinedFolders } from './folder-record.js';
import type { GroupEnv } from './group-env.js';
import { enclosingFolder } from './marker.js';
import { shellWord } from './shell-word.js';

/** The real path of an existing directory, else `not-joined`. */
export function existingRoot(folder: string): string {
  const word = shellWord(folder);
  let root: string;
  try {
    root = fs.realpathSync.native(folder);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT') throw away(`folder ${folder}: expected one that this user may open, got ${code}`, error);
    // What stands there for bytes that are no UTF-8: mkdir would make another folder.
    if (folder.includes('\ufffd'))
      throw away(`folder ${folder}: expected a path in UTF-8, as Node knows no other; rename it`, error);
    const what = `folder ${folder} does not exist: is its disk mounted? A new one is made with mkdir -p ${word}`;
    throw away(what, error);
  }
  if (fs.statSync(root).isDirectory()) return root;
  throw new SyncError('not-joined', `${folder} is no folder: name the folder that holds it`);
}

function away(what: string, cause: unknown): SyncError {
  return new SyncError('not-joined', what, { cause });
}

/** The real path, or for a folder that is away now (unmounted, removed) the path that it had. */
export function rootOrPath(folder: string): string {
  try {
    return fs.realpathSync.native(folder);
  } catch {
    return path.resolve(folder);
  }
}

/** Throws `usage` unless the directory may be joined. */
export function checkNewRoot(root: string, env: GroupEnv): void {
  if (root === path.parse(root).root || root === rootOrPath(env.home)) {
    const what = root === rootOrPath(env.home) ? 'is your home directory' : 'is the whole file system';
    throw refused(root, `${what}, with keys and programs that no peer should get or replace: choose a folder in it`);
  }
  for (const own of [env.configDir, env.stateDir].map(rootOrPath)) {
    if (holds(root, own)) throw refused(root, `holds ${own}, where p2psync keeps its keys or state: choose another`);
    if (holds(own, root)) throw refused(root, `lies in ${own}, where p2psync keeps its keys or state: choose another`);
  }
  checkNesting(root, env);
}

/** One folder inside another would be synchronised twice, by two histories that know nothing of each other. */
function checkNesting(root: string, env: GroupEnv): void {
  for (const other of joinedFolders(env)) {
    if (other.root === root) continue;
    if (holds(other.root, root)) throw refused(root, `lies in the joined folder ${other.root}: synchronise that one`);
    if (!holds(root, other.root)) continue;
    throw refused(root, `holds the joined folder ${other.root}: first run p2psync leave ${shellWord(other.root)}`);
  }
  const outer = enclosingFolder(path.dirname(root));
  if (outer !== undefined) throw refused(root, `lies in ${outer}, which has the marker of a joined folder`);
}

/** Whether `inner` is `outer` or lies below it. */
export function holds(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(outer.endsWith(path.sep) ? outer : outer + path.sep);
}

function refused(root: string, why: string): SyncError {
  return new SyncError('usage', `${root} ${why}`);
}
