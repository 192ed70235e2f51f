/**
 * The scan's rule: what a replica knows of a path after it has looked at it. A change on the disk is an edit by
 * this replica; a missing path is a claim to have deleted it only when the run says so (docs/DESIGN.md §4).
 */
import type { Digest } from '../model/digest.js';
import {
  type Entry,
  isLive,
  LINEAGE_MAX,
  type Lineage,
  type LocalEntry,
  type LocalStat,
  lineageOf,
  type TreeSummary,
} from '../model/entry.js';
import type { Name } from '../model/path.js';
import { advance, type ReplicaId, type VersionVector } from '../model/version-vector.js';
import { isConflictCopy } from './conflict-name.js';

/** What the disk holds at a path. */
export interface Observation {
  readonly kind: 'file' | 'directory' | 'symlink';
  /** Bytes of a file's content or a symlink's target; otherwise not looked at. */
  readonly size: number;
  /** Microseconds, of files and symlinks; otherwise not looked at. */
  readonly mtime: number;
  /** `st_mode`; only the permission bits of files and directories are looked at. */
  readonly mode: number;
  /** Of a file's content or a symlink's target; otherwise empty. */
  readonly digest: Digest;
  readonly stat?: LocalStat;
}

export interface Observer {
  readonly replica: ReplicaId;
  /** The scan's edit counter; called only if something was edited, and always with the same result. */
  readonly tick: () => number;
  /** Whether what is missing counts as deleted. */
  readonly deletes: boolean;
}

/**
 * The entry to record; `recorded` itself if nothing changed at all, undefined if nothing is known of the path.
 * `seen` undefined: the path is not there, beyond doubt. A path that could not be looked at is not observed.
 */
export function observe(
  name: Name,
  recorded: LocalEntry | undefined,
  seen: Observation | undefined,
  observer: Observer,
): LocalEntry | undefined {
  if (seen === undefined) return recorded === undefined ? undefined : missing(recorded, observer);
  const facts = factsOf(seen, recorded);
  if (recorded === undefined)
    return made({ ...facts, name, vector: edited([], observer), lineage: [] }, seen.stat, undefined);
  if (isSame(recorded, facts)) {
    if (sameStat(recorded.stat, seen.stat)) return recorded;
    return made({ ...facts, name, vector: recorded.vector, lineage: recorded.lineage }, seen.stat, recorded.tree);
  }
  const lineage = facts.digest === recorded.digest ? recorded.lineage : withSuperseded(recorded, facts.digest);
  return made({ ...facts, name, vector: edited(recorded.vector, observer), lineage }, seen.stat, recorded.tree);
}

/**
 * In a default run a missing path becomes `absent`, which keeps its history and claims nothing, then or ever:
 * what is `absent` stays so when a later run deletes. The exception is a conflict copy as it was made.
 */
function missing(recorded: LocalEntry, observer: Observer): LocalEntry {
  if (!isLive(recorded)) return recorded;
  const claimed = observer.deletes || isConflictCopy(recorded);
  const vector = claimed ? edited(recorded.vector, observer) : recorded.vector;
  const lineage = withSuperseded(recorded, '' as Digest);
  const gone = { name: recorded.name, size: 0, mtime: 0, mode: 0, digest: '' as Digest, vector, lineage };
  return made({ ...gone, kind: claimed ? 'deleted' : 'absent' }, undefined, recorded.tree);
}

type Facts = Pick<Entry, 'kind' | 'size' | 'mtime' | 'mode' | 'digest'>;

function factsOf({ kind, size, mtime, mode, digest, stat }: Observation, recorded: LocalEntry | undefined): Facts {
  if (kind === 'directory') return { kind, size: 0, mtime: 0, mode: mode & 0o777, digest: '' as Digest };
  // What was recorded may be finer than what the disk gives back: as long as that did not move, it holds.
  const unmoved = stat !== undefined && recorded?.kind === kind && recorded.stat?.mtimeMs === stat.mtimeMs;
  return { kind, size, mtime: unmoved ? recorded.mtime : mtime, mode: kind === 'file' ? mode & 0o777 : 0, digest };
}

function isSame(recorded: LocalEntry, { kind, mtime, mode, digest }: Facts): boolean {
  return recorded.kind === kind && recorded.digest === digest && recorded.mtime === mtime && recorded.mode === mode;
}

function edited(vector: VersionVector, { replica, tick }: Observer): VersionVector {
  return advance(vector, replica, tick());
}

/** The lineage with the recorded content before it; never with the version's own content. */
function withSuperseded({ digest, lineage }: Entry, now: Digest): readonly Lineage[] {
  const old = digest === '' ? lineage : [lineageOf(digest), ...lineage.filter((known) => known !== lineageOf(digest))];
  return old.filter((known) => now === '' || known !== lineageOf(now)).slice(0, LINEAGE_MAX);
}

function made(entry: Entry, stat: LocalStat | undefined, tree: TreeSummary | undefined): LocalEntry {
  const below = tree ?? (entry.kind === 'directory' ? NOT_SUMMARIZED : undefined);
  return { ...entry, ...(below === undefined ? {} : { tree: below }), ...(stat === undefined ? {} : { stat }) };
}

/** Of a new directory: the state computes it once the children are recorded. */
const NOT_SUMMARIZED: TreeSummary = { full: '' as Digest, view: '' as Digest, entries: 0, bytes: 0 };

function sameStat(a: LocalStat | undefined, b: LocalStat | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs;
}
