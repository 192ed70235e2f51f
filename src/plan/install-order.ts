/**
 * In which order a replica installs what it lacks in one directory: a loser goes on living under another name, and must
 * find the names of conflict copies as the plan has them. Otherwise this replica alone would keep it under another one.
 */
import { type Entry, isLive, lineageOf, sameContent } from '../model/entry.js';
import type { Name } from '../model/path.js';
import { compareVectors } from '../model/version-vector.js';
import { conflictNames, isConflictCopy, isConflictName } from './conflict-name.js';

/** A target with what this replica has under its name. */
export interface Coming {
  readonly mine: Entry | undefined;
  readonly target: Entry;
}

/**
 * The targets in waves, each to be installed when the one before is; within one, the order makes no difference. What comes
 * to the name of a conflict copy precedes all whose losers may go there. Directories are in the first wave, because what
 * lies below them follows, unless they displace something. In a circle none can be first, and one of them is: if somebody
 * gave two copies each other's names, its loser gets one copy more than the plan has.
 */
export function inWaves<T>(items: readonly T[], comingOf: (item: T) => Coming): readonly (readonly T[])[] {
  const early: T[] = [];
  const directories: T[] = [];
  const later: T[] = [];
  for (const item of items) {
    const coming = comingOf(item);
    const isFree = coming.target.kind === 'directory' && !displaces(coming);
    const group = isFree ? directories : precedesLosers(coming) ? early : later;
    group.push(item);
  }
  if (early.length === 0) return [items];
  const [first = [], ...rest] = byPlaces(early, comingOf);
  return [[...directories, ...first], ...rest, later];
}

/**
 * Whether the target leaves the name of a conflict copy other than losers find it here: taken by other content, though
 * here it is free or held by the copy; or brought back over the tombstones of all, not only over this replica's. A copy
 * that is merely new here is made by its loser.
 */
function precedesLosers({ mine, target }: Coming): boolean {
  if (!isLive(target) || !isConflictName(target.name)) return false;
  if (mine === undefined || mine.kind === 'absent') return !isConflictCopy(target);
  return !sameContent(mine, target);
}

/** First those whose losers go to none of the others' names, then those for whose losers the names are settled, and so on. */
function* byPlaces<T>(items: readonly T[], comingOf: (item: T) => Coming): Generator<readonly T[]> {
  const waiting = new Map<T, number>();
  const followers = new Map<Name, T[]>(items.map((item) => [comingOf(item).target.name, []]));
  for (const item of items) {
    const places = placesOfLoser(comingOf(item)).filter((place) => followers.has(place));
    for (const place of places) followers.get(place)?.push(item);
    waiting.set(item, places.length);
  }
  let wave = items.filter((item) => waiting.get(item) === 0);
  while (waiting.size > 0) {
    if (wave.length === 0) wave = [...waiting.keys()].slice(0, 1);
    yield wave;
    for (const item of wave) waiting.delete(item);
    const settled = wave.flatMap((item) => followers.get(comingOf(item).target.name) as T[]);
    for (const item of settled) if (waiting.has(item)) waiting.set(item, (waiting.get(item) as number) - 1);
    wave = [...new Set(settled)].filter((item) => waiting.get(item) === 0);
  }
}

/** Names under which what is here may go on living if it loses its own. */
function placesOfLoser(coming: Coming): Name[] {
  return displaces(coming) ? conflictNames(coming.target.name, (coming.mine as Entry).digest) : [];
}

/** Whether what is here must go on living under another name: it goes, and is not superseded. */
function displaces({ mine, target }: Coming): boolean {
  if (mine === undefined || mine.digest === '' || sameContent(mine, target)) return false;
  return compareVectors(target.vector, mine.vector) !== 'after' || !target.lineage.includes(lineageOf(mine.digest));
}
