/**
 * Which names may exist inside a folder, whoever sends them (docs/SECURITY.md, "Paths").
 * A name that breaks a rule in a peer's message ends the session; on the own disk it is reported.
 */
import type { ByteString } from './byte-string.js';
import type { Name, RelPath } from './path.js';
import { componentsOf } from './path.js';
import { SyncError } from './sync-error.js';

/** Bytes; NAME_MAX of every common file system. */
export const NAME_MAX = 255;
/** Bytes; PATH_MAX on Linux. */
export const PATH_MAX = 4096;
/** Components. */
export const DEPTH_MAX = 128;

/** The name, or a `path` error that says which rule it breaks. */
export function checkName(value: ByteString): Name {
  if (value === '') throw bad(value, 'is empty');
  if (value === '.' || value === '..') throw bad(value, 'is a relative reference');
  if (value.includes('/') || value.includes('\0')) throw bad(value, 'has a slash or a NUL byte');
  if (value.length > NAME_MAX) throw bad(value, `is longer than ${NAME_MAX} bytes`);
  if (isReserved(value)) throw bad(value, 'is reserved for p2psync itself');
  return value as Name;
}

/** The path, or a `path` error. The empty path (the root) is allowed. */
export function checkPath(value: ByteString): RelPath {
  if (value.length > PATH_MAX) throw bad(value, `is longer than ${PATH_MAX} bytes`);
  const path = value as RelPath;
  const names = componentsOf(path);
  if (names.length > DEPTH_MAX) throw bad(value, `is deeper than ${DEPTH_MAX} directories`);
  for (const name of names) checkName(name);
  return path;
}

/** Whether a name is `.p2psync` or one that some file system takes for it. */
export function isReserved(name: ByteString): boolean {
  return name.toLowerCase() === '.p2psync';
}

function bad(value: ByteString, rule: string): SyncError {
  return new SyncError('path', `the name ${JSON.stringify(value.slice(0, 80))} ${rule}`);
}
