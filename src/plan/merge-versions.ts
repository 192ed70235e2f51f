/**
 * The merge: what a path shall be, from all the versions that replicas have of it. A pure function of the set
 * of versions; the planner gives it all of them, a receiver its own and the target, and because of the rules
 * for vector and lineage of the result both come to the same (docs/DESIGN.md §4).
 */
import { type Entry, isLive, LINEAGE_MAX, type Lineage, lineageOf } from '../model/entry.js';
import { compareVectors, joinVectors, type VersionVector } from '../model/version-vector.js';
import { chosenVector } from './choice.js';
import { copyOf } from './conflict-copy.js';
import { isConflictCopy } from './conflict-name.js';
import { bare, joinEqual, uniteLineages, type Version } from './join-equal.js';
import type { Policy } from './policy.js';

export interface Merge {
  /** What the path shall be, without stat and summary. */
  readonly result: Entry;
  /** Conflict copies of the losers, under their usual names. None with `newest`. */
  readonly copies: readonly Entry[];
  /** With `newest`: the losers, which whoever holds them must keep in trash or backup before replacing them. */
  readonly discarded: readonly Entry[];
  /** Losers that some version has already overruled, so that only their replica did not know of it yet. */
  readonly stale: ReadonlySet<Entry['digest']>;
  /** The result is live although a tombstone stands against it. */
  readonly restored: boolean;
  /** Some content lost its name without being superseded. */
  readonly conflict: boolean;
}

/**
 * `versions`: all of one name, at least one, none `absent`. `alive`: something live lies below the name after
 * the plan, so it must be a directory whatever the versions say.
 */
export function mergeVersions(versions: readonly Entry[], policy: Policy, alive = false): Merge {
  const groups = joinEqual(versions);
  const [only] = groups;
  if (only === undefined) throw new RangeError('expected at least one version');
  if (groups.length === 1 && !(alive && only.entry.kind !== 'directory')) return unanimous(only.entry);
  const rules: Rules = { deletes: policy.deletes, alive };
  const kept = standing(groups, rules);
  const winner = winnerOf(kept, groups, alive);
  const losers = kept.filter(({ entry }) => isLive(entry) && entry !== winner && entry.kind !== 'directory');
  return resolve(groups, winner, losers, policy);
}

interface Rules {
  readonly deletes: boolean;
  readonly alive: boolean;
}

function unanimous(entry: Entry): Merge {
  return { result: entry, copies: [], discarded: [], stale: new Set(), restored: false, conflict: false };
}

/**
 * The live versions that none supersedes. Of a chain in which a tombstone supersedes a conflict copy, and the copy a file
 * that is none, a run without deletes leaves the copy: whoever still has the file could not let the tombstone have it.
 */
function standing(groups: readonly Version[], rules: Rules): readonly Version[] {
  const live = groups.filter(({ entry }) => isLive(entry));
  const kept = live.filter(({ entry }) => !groups.some((other) => supersedes(other.entry, entry, rules)));
  if (kept.length > 0 || rules.deletes || live.every(({ entry }) => isConflictCopy(entry))) return kept;
  return live.filter(({ entry }) => !live.some((other) => supersedes(other.entry, entry, rules)));
}

/**
 * Whether `version` may take the place of `old` without a trace. It must have seen all of it (vector) and say
 * so of the very content (lineage): an equal vector with other content, from a state that was lost, restored or
 * made up, proves nothing.
 */
function supersedes(version: Entry, old: Entry, { deletes, alive }: Rules): boolean {
  if (compareVectors(version.vector, old.vector) !== 'after') return false;
  if (old.kind === 'deleted') return true;
  // A directory is what lies below it. Without deletes nothing below may go, so nothing takes its place.
  if (old.kind === 'directory') return deletes && !alive;
  if (version.kind === 'deleted' && !deletes && !isConflictCopy(old)) return false;
  return version.lineage.includes(lineageOf(old.digest));
}

/** Directory beats file, live beats deleted, then later mtime, then larger digest; among those nobody has overruled. */
function winnerOf(kept: readonly Version[], groups: readonly Version[], alive: boolean): Entry {
  const directory = kept.find(({ entry }) => entry.kind === 'directory');
  if (directory !== undefined) return directory.entry;
  if (alive) return emptyDirectory(groups);
  const best = kept.filter(
    ({ entry }) => !kept.some((other) => compareVectors(other.entry.vector, entry.vector) === 'after'),
  );
  // Nothing live is kept: every live version is superseded, in the end by the tombstone, which has seen them all.
  const [first, ...rest] = best.length > 0 ? best : groups.filter(({ entry }) => entry.kind === 'deleted');
  if (first === undefined) throw new Error('expected a version that none supersedes');
  return rest.reduce((winner, { entry }) => (beats(entry, winner) ? entry : winner), first.entry);
}

function beats(a: Entry, b: Entry): boolean {
  if (a.mtime !== b.mtime) return a.mtime > b.mtime;
  if (a.digest !== b.digest) return a.digest > b.digest;
  return a.kind > b.kind;
}

/** For a name where only tombstones and files are left but something lives below it. */
function emptyDirectory(groups: readonly Version[]): Entry {
  const [first] = groups as readonly [Version, ...Version[]];
  const { name } = first.entry;
  return {
    ...first.entry,
    name,
    kind: 'directory',
    size: 0,
    mtime: 0,
    mode: 0o755,
    digest: '' as Entry['digest'],
    vector: [],
    lineage: [],
  };
}

function resolve(groups: readonly Version[], winner: Entry, losers: readonly Version[], policy: Policy): Merge {
  const others = groups.filter(({ entry }) => entry !== winner);
  const overruled = others.filter(({ entry }) => compareVectors(entry.vector, winner.vector) !== 'before');
  const vector = overruled.length === 0 ? winner.vector : chosenVector(joinOf(groups, winner.vector), winner);
  const { lineage, lost } = lineageOfResult(groups, winner, losers);
  const copies = policy.conflict === 'newest' ? [] : lost.map(copyOf);
  const discarded = policy.conflict === 'newest' ? lost.map(({ entry }) => entry) : [];
  const stale = lost.filter(({ entry }) => compareVectors(entry.vector, winner.vector) === 'before');
  return {
    result: { ...bare(winner), vector, lineage },
    copies,
    discarded,
    stale: new Set(stale.map(({ entry }) => entry.digest)),
    restored: isLive(winner) && overruled.some(({ entry }) => entry.kind === 'deleted'),
    conflict: lost.length > 0,
  };
}

function joinOf(groups: readonly Version[], vector: VersionVector): VersionVector {
  return groups.reduce((joined, { entry }) => joinVectors(joined, entry.vector), vector);
}

/**
 * The result's lineage names everything that need not be kept: what the winner superseded, and also what a
 * loser or a tombstone superseded, since that has seen it. It never names a loser: whoever still holds one sees
 * from this that it must make the copy first. So what the lineage says is exactly what every receiver will do,
 * and what the cap cut off is therefore kept, too.
 */
function lineageOfResult(groups: readonly Version[], winner: Entry, losers: readonly Version[]) {
  const lost = new Set<Lineage>(losers.map(({ entry }) => lineageOf(entry.digest)));
  const contents = groups.filter(({ entry }) => entry !== winner && entry.digest !== '');
  const superseded = contents.map(({ entry }) => lineageOf(entry.digest)).filter((digest) => !lost.has(digest));
  const except = winner.digest === '' ? lost : new Set([...lost, lineageOf(winner.digest)]);
  const own = winner.lineage.filter((digest) => superseded.includes(digest));
  const first = [...own, ...superseded.filter((digest) => !own.includes(digest))].slice(0, LINEAGE_MAX);
  const lineage = uniteLineages(
    groups.map(({ entry }) => entry.lineage),
    first,
    except,
  );
  const kept = new Set(lineage);
  return { lineage, lost: contents.filter(({ entry }) => !kept.has(lineageOf(entry.digest))) };
}
