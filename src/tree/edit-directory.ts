/** Finds and edits entries of a directory, which is sorted by name. Nothing is changed in place. */
import type { Directory, Entry } from '../model/entry.js';
import type { Name } from '../model/path.js';

/** The entry with this name. */
export function findEntry<E extends Entry>(directory: Directory<E>, name: Name): E | undefined {
  const found = directory[placeOf(directory, name)];
  return found?.name === name ? found : undefined;
}

/** The directory with these entries, in any order, inserted or put in the place of those with their names. */
export function putEntries<E extends Entry>(directory: Directory<E>, entries: readonly E[]): Directory<E> {
  if (entries.length === 0) return directory;
  if (entries.length === 1) return putEntry(directory, entries[0] as E);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const added = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const result: E[] = [];
  let i = 0;
  for (const entry of directory) {
    while (i < added.length && (added[i] as E).name < entry.name) result.push(added[i++] as E);
    result.push(added[i]?.name === entry.name ? (added[i++] as E) : entry);
  }
  while (i < added.length) result.push(added[i++] as E);
  return result;
}

/** The directory without the entry of this name. */
export function removeEntry<E extends Entry>(directory: Directory<E>, name: Name): Directory<E> {
  const place = placeOf(directory, name);
  return directory[place]?.name === name ? directory.toSpliced(place, 1) : directory;
}

function putEntry<E extends Entry>(directory: Directory<E>, entry: E): Directory<E> {
  const place = placeOf(directory, entry.name);
  return directory.toSpliced(place, directory[place]?.name === entry.name ? 1 : 0, entry);
}

/** Index of the first entry whose name is not below `name`. */
function placeOf(directory: Directory, name: Name): number {
  let low = 0;
  let high = directory.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((directory[middle] as Entry).name < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
