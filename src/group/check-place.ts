/**
 * Whether an open folder still is the one that was joined, and is still where it was. A listener holds its folder for
 * days: meanwhile its disk may be unmounted, another one mounted over it, or the folder removed and replaced, by a
 * symlink for instance. What is missing then must not be taken for deleted (docs/SEMANTICS.md, "Safety stops").
 */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { ROOT } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import type { JoinedFolder } from './joined-folder.js';
import { markerIn } from './marker.js';

/** Throws `not-joined`. Called before a scan and after it: what it found is only believed if both agree. */
export function checkPlace(
  { root: path, folderId }: Pick<JoinedFolder, 'root' | 'folderId'>,
  root: AnchoredRoot,
): void {
  const held = fs.statSync(root.directory(ROOT));
  const there = fs.lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) throw gone(`folder ${path} is gone: is its disk mounted?`);
  if (there.dev !== held.dev || there.ino !== held.ino) {
    throw gone(`${path} is not the folder that was opened: something else was mounted or put in its place`);
  }
  const marker = markerIn(root);
  if (marker === undefined) throw gone(`marker ${path}/.p2psync/folder.json is missing: is the disk mounted?`);
  if (marker.folder !== folderId) throw gone(`${path} holds another folder than the one that was opened`);
}

function gone(what: string): SyncError {
  return new SyncError('not-joined', what);
}
