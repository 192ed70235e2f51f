/**
 * Conflict copies: where the content that loses a name goes on living. Each has a fixed version, so that every
 * replica that makes it makes the same one (docs/DESIGN.md §4).
 */
import type { Digest } from '../model/digest.js';
import type { Entry } from '../model/entry.js';
import type { Name } from '../model/path.js';
import type { ReplicaId, VersionVector } from '../model/version-vector.js';
import { joinVectors } from '../model/version-vector.js';
import { chosenVector } from './choice.js';
import { conflictName, conflictNames } from './conflict-name.js';
import type { Version } from './join-equal.js';

/** The copy that the losing version of a path becomes, under its usual name. */
export function copyOf({ entry, latest }: Version): Entry {
  const { kind, size, digest } = entry;
  const { mtime, mode } = latest;
  const name = conflictName(entry.name, digest);
  return { name, kind, size, mtime, mode, digest, vector: copyVector(digest), lineage: [] };
}

/** `{x<first 7 bytes of the digest>: 1}`. */
function copyVector(digest: Digest): VersionVector {
  return [[`x${digest.slice(0, 7)}` as ReplicaId, 1]];
}

export interface Place {
  /** The entry that stands for the copy in its place: what is there already, or the copy to be made. */
  readonly entry: Entry;
  /** False if a live entry with this content is there already. */
  readonly make: boolean;
}

/**
 * Where the copy of what loses `name` goes, given what this replica (or the plan) has in the same directory: a
 * name that already holds the content, otherwise the first one free. Undefined if other content, made to do so,
 * has all of them: then the loser must stay where it is. A copy displaces nothing.
 */
export function placeCopy(name: Name, copy: Entry, at: (name: Name) => Entry | undefined): Place | undefined {
  const names = conflictNames(name, copy.digest);
  for (const candidate of names) {
    const there = at(candidate);
    if (there?.kind === copy.kind && there.digest === copy.digest) return { entry: there, make: false };
  }
  for (const candidate of names) {
    const there = at(candidate);
    if (there === undefined || there.kind === 'absent') return { entry: { ...copy, name: candidate }, make: true };
    if (there.kind === 'deleted') return { entry: revived({ ...copy, name: candidate }, there), make: true };
  }
  return undefined;
}

/** A copy was deleted here before, and its content loses once more: the old tombstone is no answer to that. */
function revived(copy: Entry, tombstone: Entry): Entry {
  return { ...copy, vector: chosenVector(joinVectors(tombstone.vector, copy.vector), copy) };
}
