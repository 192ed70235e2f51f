/**
 * Becoming a member: `init` makes a group for a folder, `join` puts a folder into a group that exists.
 * Key, then marker, then record: a crash in between leaves a folder that is not joined and that the same
 * command completes.
 */
import { randomBytes } from 'node:crypto';
import { SyncError } from '../model/sync-error.js';
import { formatInvite } from '../wire/invite.js';
import { type GroupKey, groupId, ID_BYTES, KEY_BYTES } from '../wire/key-schedule.js';
import { type FolderRecord, joinedFolders, putRecord, recordOf } from './folder-record.js';
import { checkNewRoot, existingRoot } from './folder-root.js';
import type { GroupEnv } from './group-env.js';
import { type JoinedFolder, joined } from './joined-folder.js';
import { removeKey, storeKey } from './key-file.js';
import { type Marker, readMarker, writeMarker } from './marker.js';
import { shellWord } from './shell-word.js';
import { reportingSystemErrors } from './system-error.js';

export interface Joining {
  readonly folder: JoinedFolder;
  /** `rekeyed`: it was a member already, and has taken the key of a rotation. */
  readonly outcome: 'joined' | 'already' | 'rekeyed';
  /** Roots on this computer that are still in the group which a `rekeyed` folder has left. */
  readonly left: readonly string[];
}

/** A new group with this folder as its first member. */
export function initFolder(folder: string, env: GroupEnv): { folder: JoinedFolder; invite: string } {
  return reportingSystemErrors(() => {
    const root = existingRoot(folder);
    if (recordOf(root, env) !== undefined) {
      const word = shellWord(folder);
      throw new SyncError('usage', `${root} is in a group already: p2psync invite ${word} prints its invite`);
    }
    checkNewRoot(root, env);
    const key: GroupKey = { secret: randomBytes(KEY_BYTES), epoch: 1 };
    return { folder: enter(root, key, undefined, env), invite: formatInvite(key) };
  });
}

/**
 * Puts the folder into the key's group. In it already: nothing is done. In another: the key of a later epoch
 * is taken for the group's new key after a rotation; any other is refused, because the union of two groups
 * cannot be taken back.
 */
export function joinFolder(folder: string, key: GroupKey, env: GroupEnv): Joining {
  return reportingSystemErrors(() => {
    const root = existingRoot(folder);
    const record = recordOf(root, env);
    if (record === undefined) checkNewRoot(root, env);
    const outcome = outcomeOf(root, record, key);
    const entered = enter(root, key, record, env);
    const left = outcome === 'rekeyed' && record !== undefined ? rootsOf(record.group, env) : [];
    return { folder: entered, outcome, left };
  });
}

/** Removes the key of a group that no folder is in any more; says whether it did. */
export function dropUnusedKey(group: string, env: GroupEnv): boolean {
  if (rootsOf(group, env).length > 0) return false;
  removeKey(group, env);
  return true;
}

/** The roots of all folders of a group on this computer. */
export function rootsOf(group: string, env: GroupEnv): string[] {
  return joinedFolders(env)
    .filter((record) => record.group === group)
    .map(({ root }) => root);
}

function outcomeOf(root: string, record: FolderRecord | undefined, key: GroupKey): Joining['outcome'] {
  if (record === undefined) return 'joined';
  if (record.group === groupId(key).toString('hex')) {
    return readMarker(root)?.folder === record.folder ? 'already' : 'joined';
  }
  if (key.epoch > record.epoch) return 'rekeyed';
  const leave = `p2psync leave ${shellWord(root)}`;
  throw new SyncError('usage', `${root} is in another group: run ${leave} first to move it to this one`);
}

function enter(root: string, key: GroupKey, known: FolderRecord | undefined, env: GroupEnv): JoinedFolder {
  const group = groupId(key).toString('hex');
  const marker = readMarker(root);
  const folder = folderIdFor(root, marker, group, known, env);
  storeKey(key, env);
  const record: FolderRecord = { root, folder, group, epoch: key.epoch };
  if (!sameMarker(marker, record)) writeMarker(root, { folder, group, epoch: key.epoch });
  putRecord(record, env);
  if (known !== undefined && known.group !== group) dropUnusedKey(known.group, env);
  return joined(record, env);
}

/**
 * A marker that this folder was given before is kept: by this user, or by the same group on another computer
 * that the disk was in. Not that of a copied folder (`cp -a`), whose original is still joined.
 */
function folderIdFor(
  root: string,
  marker: Marker | undefined,
  group: string,
  known: FolderRecord | undefined,
  env: GroupEnv,
): string {
  if (marker !== undefined && marker.folder === known?.folder) return marker.folder;
  if (marker !== undefined && marker.group === group) {
    const copied = joinedFolders(env).some((other) => other.root !== root && other.folder === marker.folder);
    if (!copied) return marker.folder;
  }
  return randomBytes(ID_BYTES).toString('hex');
}

function sameMarker(marker: Marker | undefined, record: FolderRecord): boolean {
  return marker?.folder === record.folder && marker.group === record.group && marker.epoch === record.epoch;
}
