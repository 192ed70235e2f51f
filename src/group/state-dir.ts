/**
 * A folder's directory for what it remembers between runs. It belongs to one folder id: state is never read
 * into another folder at the same path, nor into one that lost its marker, where every missing file would
 * pass for a deletion.
 */
import fs from 'node:fs';
import path from 'node:path';
import { hashOfRoot } from './folder-record.js';
import type { GroupEnv } from './group-env.js';
import { makePrivateDirectory, replacePrivateFile } from './private-file.js';

/** Says in the directory whose state it is. */
const OWNER_FILE = 'folder-id';

export function stateDirOf(root: string, env: GroupEnv): string {
  return path.join(env.stateDir, hashOfRoot(root));
}

/** The directory, emptied if it was another folder's; private to this user. */
export function claimStateDir(root: string, folder: string, env: GroupEnv): string {
  const directory = stateDirOf(root, env);
  const ownerFile = path.join(directory, OWNER_FILE);
  if (ownerOf(ownerFile) === folder) return directory;
  removeStateDir(root, env);
  makePrivateDirectory(directory);
  replacePrivateFile(ownerFile, folder);
  return directory;
}

export function removeStateDir(root: string, env: GroupEnv): void {
  fs.rmSync(stateDirOf(root, env), { recursive: true, force: true });
}

function ownerOf(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
