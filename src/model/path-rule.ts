/**
 * Which names may exist inside a folder, whoever sends them (docs/SECURITY.md, "Paths").
 * A name that breaks a rule in a peer's message ends the session; on the own disk it is reported.
 */
import { type ByteString, isAscii, textOf } from './byte-string.js';
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

/**
 * Whether a name is `.p2psync` or one that some file system takes for it, so that a peer's "file" would land in
 * our staging or trash. The rules are those by which git protects `.git` (CVE-2014-9390, CVE-2019-1352, -1353):
 * - case-insensitive file systems fold the case; ext4 and APFS also fold U+017F to `s`;
 * - HFS+, APFS and ext4 with casefold ignore some code points and decompose others;
 * - NTFS and FAT drop trailing dots and spaces, take `:` for the begin of a stream name and a backslash for a slash,
 *   and may give the directory a short name: its first six letters or, when many names share those, two letters
 *   and a checksum of the long name.
 * `.p2psyncignore` is no disguise: it goes on after the reserved name.
 */
export function isReserved(name: ByteString): boolean {
  const first = name.charCodeAt(0);
  if (first < 0x80 && first !== DOT && (first | 0x20) !== LETTER_P) return false;
  if (!name.includes('2')) return false; // nothing folds or decomposes to a digit
  return RESERVED.test(folded(name));
}

const DOT = 0x2e;
const LETTER_P = 0x70;
/** `ba48` is the checksum that Windows computes for `.p2psync`. */
const RESERVED = /^(?:\.p2psync|p2psyn~\d+|p2b?a?4?8?~\d+)[. ]*(?:[:\\]|$)/;
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;

/** As the most generous file system compares names. */
function folded(name: ByteString): string {
  const text = isAscii(name) ? name : textOf(name).normalize('NFD').replace(IGNORABLE, '');
  return text.toUpperCase().toLowerCase(); // through upper case, so that U+017F becomes `s`
}

function bad(value: ByteString, rule: string): SyncError {
  return new SyncError('path', `the name ${JSON.stringify(value.slice(0, 80))} ${rule}`);
}
