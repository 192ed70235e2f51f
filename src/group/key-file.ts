/**
 * Key files: an invite with a comment, readable by its owner alone (docs/SECURITY.md, "Key and invite").
 * `readKeyFile` trusts nothing about the file; the secret never gets into a message.
 */
import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../model/sync-error.js';
import { formatInvite, parseInvite } from '../wire/invite.js';
import { type GroupKey, groupId } from '../wire/key-schedule.js';
import type { GroupEnv } from './group-env.js';
import { enclosingFolder } from './marker.js';
import { createPrivateFile, removeFile } from './private-file.js';
import { shellWord } from './shell-word.js';

/** Bytes; an invite with a comment is below 200. */
const KEY_FILE_MAX = 4096;
/** Permission bits of group and others. */
const OTHERS = 0o077;
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/** The key in a file, or a `usage` error that says why the file is refused and what to run; `io` where the system fails. */
export function readKeyFile(file: string, env: GroupEnv): GroupKey {
  const folder = enclosingFolder(path.dirname(path.resolve(file)));
  if (folder !== undefined) {
    throw refused(file, `lies in the synchronised folder ${folder}, whose members would all get it: move it out`);
  }
  const text = readOwn(file, env);
  try {
    return parseInvite(text);
  } catch (error) {
    throw new SyncError('usage', `key file ${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** Where the key of a group (in hex) is kept. */
export function keyFileOf(group: string, env: GroupEnv): string {
  return path.join(env.configDir, 'keys', `${group}.key`);
}

/** Keeps a key. The file of this very key may be there already; anything else under its name is an error. */
export function storeKey(key: GroupKey, env: GroupEnv): void {
  const group = groupId(key).toString('hex');
  const file = keyFileOf(group, env);
  const text = `# p2psync key of the group ${group}: whoever reads this line is a member\n${formatInvite(key)}\n`;
  if (createPrivateFile(file, text)) return;
  const known = readKeyFile(file, env);
  if (known.secret.equals(key.secret) && known.epoch === key.epoch) return;
  throw refused(file, 'holds another key than its name says: move it away and try again');
}

/** The key of a group that this user is a member of; `not-joined` where its file is missing. */
export function loadKey(group: string, env: GroupEnv): GroupKey {
  const file = keyFileOf(group, env);
  if (fs.statSync(file, { throwIfNoEntry: false }) === undefined) {
    throw new SyncError('not-joined', `key file ${file} is missing: run 'p2psync join' with the invite of the group`);
  }
  const key = readKeyFile(file, env);
  if (groupId(key).toString('hex') === group) return key;
  throw refused(file, 'holds the key of another group than its name says');
}

export function removeKey(group: string, env: GroupEnv): void {
  removeFile(keyFileOf(group, env));
}

/** Looks and reads through one handle: between a check by name and the reading, the file could be exchanged. */
function readOwn(file: string, env: GroupEnv): string {
  const fd = openPlain(file);
  try {
    const stat = fs.fstatSync(fd);
    if (!stat.isFile()) throw refused(file, 'is no regular file');
    if (env.uid !== undefined && stat.uid !== env.uid) {
      const run = `sudo chown ${env.uid} ${shellWord(file)}`;
      throw refused(file, `belongs to user ${stat.uid}, not to you (${env.uid}): run ${run}`);
    }
    if (env.uid !== undefined && (stat.mode & OTHERS) !== 0) {
      const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
      throw refused(file, `is open to others (mode ${mode}): run chmod 600 ${shellWord(file)}`);
    }
    if (stat.size > KEY_FILE_MAX) throw refused(file, `has ${stat.size} bytes, a key file at most ${KEY_FILE_MAX}`);
    return fs.readFileSync(fd, 'utf8');
  } finally {
    fs.closeSync(fd);
  }
}

function openPlain(file: string): number {
  try {
    // O_NONBLOCK: a FIFO under this name must not hang us.
    return fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ELOOP') throw refused(file, 'is a symbolic link: name the file that it points to');
    if (code === 'ENOENT' || code === 'ENOTDIR') throw refused(file, 'does not exist');
    if (code === 'EACCES') throw refused(file, 'may not be read by you');
    if (code === 'ENXIO') throw refused(file, 'is no regular file'); // a socket
    // No descriptor is free, a disk is in trouble: nothing is wrong with what the user said.
    throw new SyncError('io', `key file ${file} cannot be opened: ${(error as Error).message}`, { cause: error });
  }
}

function refused(file: string, why: string): SyncError {
  return new SyncError('usage', `key file ${file} ${why}`);
}
