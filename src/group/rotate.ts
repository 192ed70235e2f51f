/**
 * A new secret for a group, after which only those who are given the new invite are members. All folders of
 * the group on this computer follow; the history that they keep is not touched.
 */
import { randomBytes } from 'node:crypto';
import { formatInvite } from '../wire/invite.js';
import { type GroupKey, groupId, KEY_BYTES } from '../wire/key-schedule.js';
import { type FolderRecord, joinedFolders, putRecord } from './folder-record.js';
import type { GroupEnv } from './group-env.js';
import { dropUnusedKey } from './join.js';
import { findRecord } from './joined-folder.js';
import { loadKey, storeKey } from './key-file.js';
import { readMarker, writeMarker } from './marker.js';
import { reportingSystemErrors } from './system-error.js';

export interface Rotation {
  readonly invite: string;
  readonly epoch: number;
  /** Roots of the folders that have the new key now. */
  readonly folders: readonly string[];
}

/** The invite of the folder's group: whoever has it is a member. The folder itself may be away. */
export function inviteOf(folder: string, env: GroupEnv): string {
  return reportingSystemErrors(() => formatInvite(loadKey(findRecord(folder, env).group, env)));
}

/** The new key is on the disk before any folder names it, the old one until none does. */
export function rotate(folder: string, env: GroupEnv): Rotation {
  return reportingSystemErrors(() => {
    const { group } = findRecord(folder, env);
    const key: GroupKey = { secret: randomBytes(KEY_BYTES), epoch: loadKey(group, env).epoch + 1 };
    storeKey(key, env);
    const folders = joinedFolders(env).filter((record) => record.group === group);
    for (const record of folders) move(record, key, env);
    dropUnusedKey(group, env);
    return { invite: formatInvite(key), epoch: key.epoch, folders: folders.map(({ root }) => root) };
  });
}

/** The record decides; a marker that cannot be reached now is brought up to date when the folder is opened. */
function move(record: FolderRecord, key: GroupKey, env: GroupEnv): void {
  const { root, folder } = record;
  const marker = { folder, group: groupId(key).toString('hex'), epoch: key.epoch };
  putRecord({ root, ...marker }, env);
  try {
    if (readMarker(root)?.folder === folder) writeMarker(root, marker);
  } catch {
    // Unmounted or read-only: `openFolder` sees the older epoch and follows.
  }
}
