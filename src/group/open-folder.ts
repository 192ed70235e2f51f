/**
 * Opens a joined folder for a run: its real root, its key and its state directory, or an error that says
 * which command makes it one. Marker and record must agree, else the wrong disk would be synchronised.
 */
import { SyncError } from '../model/sync-error.js';
import { type FolderRecord, recordOf } from './folder-record.js';
import { existingRoot } from './folder-root.js';
import type { GroupEnv } from './group-env.js';
import { joinFolder } from './join.js';
import { findRecord, type JoinedFolder, joined } from './joined-folder.js';
import { readKeyFile } from './key-file.js';
import { type Marker, readMarker, writeMarker } from './marker.js';
import { shellWord } from './shell-word.js';
import { reportingSystemErrors } from './system-error.js';

/**
 * Throws `not-joined` for a folder that is missing, not joined or without its marker. With a key file, a
 * folder that was never joined is joined now; one that lost its marker still is not.
 */
export function openFolder(folder: string, env: GroupEnv, options: OpenOptions = {}): JoinedFolder {
  return reportingSystemErrors(() => {
    const root = existingRoot(folder);
    const known = recordOf(root, env);
    if (known !== undefined) checkMarker(known);
    if (options.keyFile !== undefined) return joinFolder(root, readKeyFile(options.keyFile, env), env).folder;
    return joined(known ?? findRecord(folder, env), env);
  });
}

export interface OpenOptions {
  /** `--key-file`: the key of the group that the folder is in or shall be in. */
  readonly keyFile?: string | undefined;
}

function checkMarker(record: FolderRecord): void {
  const marker = readMarker(record.root);
  const join = `p2psync join ${shellWord(record.root)}`;
  if (marker === undefined) {
    const what = `marker ${record.root}/.p2psync/folder.json is missing: is the disk mounted?`;
    throw new SyncError('not-joined', `${what} If all its files are here, run ${join}`);
  }
  if (marker.folder !== record.folder) {
    throw new SyncError('not-joined', `${record.root} holds another folder than the one joined here: run ${join}`);
  }
  if (marker.group !== record.group) followRotation(record, marker, join);
}

/** A rotation that was cut short, or done while the disk was away, has left an older marker behind. */
function followRotation(record: FolderRecord, marker: Marker, join: string): void {
  if (marker.epoch < record.epoch) {
    const { folder, group, epoch } = record;
    writeMarker(record.root, { folder, group, epoch });
    return;
  }
  const what = `the key of ${record.root} was changed from another computer`;
  throw new SyncError('not-joined', `${what}: run ${join} with the new invite`);
}
