/**
 * What differs, counted for each directory and peer, and the first differences one by one. A peer may differ in
 * millions of paths: what is held is bounded, counts stay exact, and deep directories are told by their parents.
 */
import { parentOf, type RelPath, ROOT } from '../../model/path.js';
import type { Difference } from '../difference-list.js';

/** Paths of one directory that differ from a peer's. */
export interface Differing {
  readonly onlyHere: number;
  readonly onlyThere: number;
  readonly different: number;
}

export interface DifferenceMap {
  add(difference: Difference): void;
  /** The first ones, in the order of the comparison. */
  readonly listed: readonly Difference[];
  readonly total: number;
  /** All that differs at and below the directory, by the names of the peers. */
  below(directory: RelPath): ReadonlyMap<string, Differing>;
  /** At most `most` directories with differences below them, parents before children, the folder itself left out. */
  directories(most: number): RelPath[];
}

/** Differences that the page lists. */
const LISTED_MAX = 300;
/** Directories counted by themselves; what differs in others counts for the topmost directory that it lies in. */
const DIRECTORIES_MAX = 20_000;

type Counts = { -readonly [K in keyof Differing]: Differing[K] };

export function differenceMap(): DifferenceMap {
  const counts = new Map<RelPath, Map<string, Counts>>();
  const listed: Difference[] = [];
  let total = 0;

  function count(directory: RelPath, { peer, what }: Difference): void {
    const peers = counts.get(directory) ?? new Map<string, Counts>();
    const found = peers.get(peer) ?? { onlyHere: 0, onlyThere: 0, different: 0 };
    counts.set(directory, peers.set(peer, found));
    found[what === 'only-here' ? 'onlyHere' : what === 'only-there' ? 'onlyThere' : 'different'] += 1;
  }

  return {
    listed,
    get total() {
      return total;
    },
    add(difference) {
      total += 1;
      if (listed.length < LISTED_MAX) listed.push(difference);
      const parent = parentOf(difference.path);
      const isFull = counts.size >= DIRECTORIES_MAX && !counts.has(parent);
      for (const directory of isFull ? linesTo(topOf(parent)) : linesTo(parent)) count(directory, difference);
    },
    below: (directory) => counts.get(directory) ?? new Map(),
    directories(most) {
      const all = [...counts.keys()].filter((path) => path !== ROOT).sort(parentsFirst);
      for (let depth = Math.max(0, ...all.map(depthOf)); depth > 1; depth--) {
        const shallow = all.filter((path) => depthOf(path) <= depth);
        if (shallow.length <= most) return shallow;
      }
      return all.filter((path) => depthOf(path) === 1).slice(0, most);
    },
  };
}

/** Components of the path. */
export function depthOf(path: RelPath): number {
  return path === ROOT ? 0 : path.split('/').length;
}

/** As a tree is read: what lies below a directory follows it at once. */
export function parentsFirst(a: RelPath, b: RelPath): number {
  const [one, other] = [a.replaceAll('/', '\0'), b.replaceAll('/', '\0')];
  return one < other ? -1 : one > other ? 1 : 0;
}

/** The directory and all above it, the folder itself included. */
function linesTo(directory: RelPath): RelPath[] {
  const line = [directory];
  for (let at = directory; at !== ROOT; line.push(at)) at = parentOf(at);
  return line;
}

function topOf(path: RelPath): RelPath {
  const slash = path.indexOf('/');
  return (slash < 0 ? path : path.slice(0, slash)) as RelPath;
}
