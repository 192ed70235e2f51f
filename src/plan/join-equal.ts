/**
 * Rule 1 of the merge (docs/DESIGN.md §4): versions with equal content are one version, with the joined
 * history. That is never a conflict, whatever their metadata.
 */
import { type Entry, LINEAGE_MAX, type Lineage, lineageOf, sameContent } from '../model/entry.js';
import { compareVectors, joinVectors, type VersionVector } from '../model/version-vector.js';

/** One content of a path, with everything known of its history. */
export interface Version {
  readonly entry: Entry;
  /** Latest metadata that any of the joined versions had; what its conflict copy gets. */
  readonly latest: Metadata;
}

type Metadata = Pick<Entry, 'mtime' | 'mode'>;

/** The distinct contents among the versions, in an order that does not depend on theirs. */
export function joinEqual(versions: readonly Entry[]): Version[] {
  const groups: [Entry, ...Entry[]][] = [];
  for (const version of versions) {
    const group = groups.find(([first]) => sameContent(first, version));
    if (group === undefined) groups.push([version]);
    else group.push(version);
  }
  return groups.map(joinGroup).sort((a, b) => (contentKey(a.entry) < contentKey(b.entry) ? -1 : 1));
}

/** An entry without what only its replica knows: stat and summary. */
export function bare({ name, kind, size, mtime, mode, digest, vector, lineage }: Entry): Entry {
  return { name, kind, size, mtime, mode, digest, vector, lineage };
}

/**
 * The union of lineages, without `except`, newest first as far as they tell: by the lowest place in any of them.
 * `first` come before all others, so that the cap does not take them.
 */
export function uniteLineages(
  lineages: readonly (readonly Lineage[])[],
  first: readonly Lineage[] = [],
  except: ReadonlySet<Lineage> = new Set(),
): readonly Lineage[] {
  const places = new Map<Lineage, number>();
  for (const lineage of lineages) {
    lineage.forEach((digest, place) => {
      if (!except.has(digest)) places.set(digest, Math.min(place, places.get(digest) ?? place));
    });
  }
  for (const digest of first) places.set(digest, -1);
  const ordered = [...places].sort(([a, i], [b, j]) => i - j || (a < b ? -1 : 1));
  return ordered.slice(0, LINEAGE_MAX).map(([digest]) => digest);
}

function joinGroup(group: readonly [Entry, ...Entry[]]): Version {
  const [first] = group;
  if (group.length === 1) return { entry: bare(first), latest: first };
  const vector = group.reduce<VersionVector>((joined, entry) => joinVectors(joined, entry.vector), first.vector);
  const { size, mtime, mode } = latestOf(group.filter((entry) => isUndominated(entry, group)));
  const lineages = group.map((entry) => entry.lineage);
  const known = lineages.some((lineage) => lineage.length > 0);
  const lineage = known ? uniteLineages(lineages, [], new Set([lineageOf(first.digest)])) : first.lineage;
  return { entry: { ...bare(first), size, mtime, mode, vector, lineage }, latest: latestOf(group) };
}

function isUndominated(entry: Entry, group: readonly Entry[]): boolean {
  return !group.some((other) => compareVectors(other.vector, entry.vector) === 'after');
}

/** Later mtime, then larger mode; never empty, because of any versions one is undominated. */
function latestOf(group: readonly Entry[]): Entry {
  return group.reduce((best, entry) =>
    entry.mtime > best.mtime || (entry.mtime === best.mtime && entry.mode > best.mode) ? entry : best,
  );
}

function contentKey({ kind, digest }: Entry): string {
  return `${kind}:${digest}`;
}
