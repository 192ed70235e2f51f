/**
 * Names of conflict copies: `name.conflict-<hex of the loser's digest>.ext`. No date, host or user is in it, so
 * every replica makes the same file (docs/DESIGN.md §4).
 */
import { type ByteString, isUtf8 } from '../model/byte-string.js';
import { type Digest, hexOf } from '../model/digest.js';
import type { Entry } from '../model/entry.js';
import type { Name } from '../model/path.js';
import { NAME_MAX } from '../model/path-rule.js';

/** Hex digits, in the order in which they are tried: more only where the shorter name holds something else. */
const LENGTHS = [10, 20, 40, 64] as const;
/** Bytes with the dot; what is longer is no extension that any program goes by. */
const EXTENSION_MAX = 32;
/** All suffixes, should a user have made a name with several; the last one's digits. */
const SUFFIX = /^(.*?)(?:\.conflict-[0-9a-f]{10,64})*\.conflict-([0-9a-f]{10,64})$/s;

/** The usual name of the copy. */
export function conflictName(name: Name, digest: Digest): Name {
  return conflictNames(name, digest)[0] as Name;
}

/** Names for the copy, best first; never `name` itself. An existing suffix is replaced, so names do not nest. */
export function conflictNames(name: Name, digest: Digest): Name[] {
  const { stem, extension } = split(name);
  const hex = hexOf(digest);
  const names = LENGTHS.map((length) => withSuffix(stem, `.conflict-${hex.slice(0, length)}${extension}`));
  return names.filter((candidate) => candidate !== name);
}

/** Whether a conflict copy may have this name; what has it may still be any file. */
export function isConflictName(name: Name): boolean {
  return split(name).hex !== undefined;
}

/**
 * Whether this is a conflict copy as a replica made it: its name says its content. Of those a deletion propagates
 * even in a default run, else conflicts could never be cleared. An edited one is a file like any other.
 */
export function isConflictCopy({ name, digest }: Pick<Entry, 'name' | 'digest'>): boolean {
  const { hex } = split(name);
  return hex !== undefined && digest !== '' && hexOf(digest).startsWith(hex);
}

/** The name that the content of a conflict copy lost; not exact where the copy's name had to be cut. */
export function nameInConflict(copy: Name): Name {
  const { stem, extension } = split(copy);
  return (stem + extension) as Name;
}

interface Parts {
  readonly stem: ByteString;
  readonly hex: string | undefined;
  /** With its dot; empty for none. */
  readonly extension: ByteString;
}

function split(name: Name): Parts {
  const bare = SUFFIX.exec(name); // a copy of a name without extension looks as if the suffix were one
  if (bare !== null) return { stem: bare[1] as string, hex: bare[2], extension: '' };
  const dot = name.lastIndexOf('.');
  const hasExtension = dot > 0 && dot < name.length - 1 && name.length - dot <= EXTENSION_MAX;
  const stem = hasExtension ? name.slice(0, dot) : name;
  const extension = hasExtension ? name.slice(dot) : '';
  const suffixed = SUFFIX.exec(stem);
  return { stem: suffixed?.[1] ?? stem, hex: suffixed?.[2], extension };
}

function withSuffix(stem: ByteString, suffix: ByteString): Name {
  return (cut(stem, NAME_MAX - suffix.length) + suffix) as Name;
}

/** At most so many bytes, and no half of a UTF-8 character at the end. */
function cut(stem: ByteString, length: number): ByteString {
  if (stem.length <= length) return stem;
  let end = length;
  if (isUtf8(stem)) while (end > 0 && (stem.charCodeAt(end) & 0xc0) === 0x80) end--;
  return stem.slice(0, end);
}
