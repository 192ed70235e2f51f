/**
 * The folders that this user has joined: one small file each, `folders/<hash of the root>.json` in the
 * configuration. Commands that join different folders at the same moment thus never touch the same file.
 * The record, not the marker in the folder, decides the group: others may be able to write the marker.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../model/sync-error.js';
import type { GroupEnv } from './group-env.js';
import { isEpoch, isHexId, type Marker } from './marker.js';
import { removeFile, replacePrivateFile } from './private-file.js';

export interface FolderRecord extends Marker {
  /** Real path. */
  readonly root: string;
}

const FORMAT = 1;

/** What the folder with this real path was joined as. */
export function recordOf(root: string, env: GroupEnv): FolderRecord | undefined {
  return readRecord(recordFileOf(root, env));
}

/** Every joined folder, by path; whether they are there now (mounted) is not looked at. */
export function joinedFolders(env: GroupEnv): FolderRecord[] {
  const directory = path.join(env.configDir, 'folders');
  const records: FolderRecord[] = [];
  for (const name of namesIn(directory)) {
    const record = name.endsWith('.json') ? readRecord(path.join(directory, name)) : undefined;
    if (record !== undefined) records.push(record);
  }
  return records.sort((a, b) => (a.root < b.root ? -1 : 1));
}

export function putRecord(record: FolderRecord, env: GroupEnv): void {
  replacePrivateFile(recordFileOf(record.root, env), `${JSON.stringify({ format: FORMAT, ...record })}\n`);
}

export function dropRecord(root: string, env: GroupEnv): void {
  removeFile(recordFileOf(root, env));
}

/** Where the record of a root is kept, whether it has one or not. */
export function recordFileOf(root: string, env: GroupEnv): string {
  return path.join(env.configDir, 'folders', `${hashOfRoot(root)}.json`);
}

/** A real path as a short name for files that belong to it. */
export function hashOfRoot(root: string): string {
  return createHash('sha256').update(root).digest('hex').slice(0, 32);
}

function namesIn(directory: string): string[] {
  try {
    return fs.readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function readRecord(file: string): FolderRecord | undefined {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const record = decode(text);
  if (record !== undefined) return record;
  throw new SyncError('usage', `${file} is damaged: remove it and join its folder again`);
}

function decode(text: string): FolderRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { format, root, folder, group, epoch } = (value ?? {}) as Record<string, unknown>;
  if (format !== FORMAT || typeof root !== 'string' || !path.isAbsolute(root)) return undefined;
  if (!isHexId(folder) || !isHexId(group) || !isEpoch(epoch)) return undefined;
  return { root, folder, group, epoch };
}
