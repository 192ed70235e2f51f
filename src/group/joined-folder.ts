/**
 * A joined folder: what a run needs to know of it, and the record that it is made from.
 */
import path from 'node:path';
import { SyncError } from '../model/sync-error.js';
import type { GroupKey } from '../wire/key-schedule.js';
import { type FolderRecord, joinedFolders, recordOf } from './folder-record.js';
import { holds, rootOrPath } from './folder-root.js';
import type { GroupEnv } from './group-env.js';
import { loadKey } from './key-file.js';
import { Membership } from './membership.js';
import { shellWord } from './shell-word.js';
import { claimStateDir } from './state-dir.js';

export interface JoinedFolder {
  /** Real path. */
  readonly root: string;
  /** The root's last component, for people. */
  readonly label: string;
  /** 32 hex characters: names this folder on this disk, whatever group it is in. */
  readonly folderId: string;
  /** The key that the folder had when it was opened. */
  readonly key: GroupKey;
  /** The key that it has now: another process may rotate it, or leave the group. */
  readonly membership: Membership;
  /** 16 bytes. */
  readonly groupId: Buffer;
  /** Exists, and is only this user's. */
  readonly stateDir: string;
}

/** The record of a folder that may be away now; `not-joined` if it was never joined. */
export function findRecord(folder: string, env: GroupEnv): FolderRecord {
  const root = rootOrPath(folder);
  const record = recordOf(root, env);
  if (record !== undefined) return record;
  const outer = joinedFolders(env).find((other) => holds(other.root, root));
  if (outer !== undefined) {
    throw new SyncError('not-joined', `${root} lies in the joined folder ${outer.root}: name that one`);
  }
  const word = shellWord(folder);
  throw new SyncError(
    'not-joined',
    `folder ${folder} is in no group: run p2psync init ${word} for a new group, or p2psync join ${word} with an invite`,
  );
}

/** What a run needs of a joined folder. */
export function joined(record: FolderRecord, env: GroupEnv): JoinedFolder {
  const { root, folder, group } = record;
  const key = loadKey(group, env);
  const stateDir = claimStateDir(root, folder, env);
  return {
    root,
    label: path.basename(root),
    folderId: folder,
    key,
    membership: new Membership(record, key, env),
    groupId: Buffer.from(group, 'hex'),
    stateDir,
  };
}
