/** Lines up the replicas' entries of one directory by name. */
import type { Directory, Entry } from '../model/entry.js';
import type { Name } from '../model/path.js';

/** What each replica has under one name; `entries[i]` is replica i's. */
export interface Row {
  readonly name: Name;
  readonly entries: readonly (Entry | undefined)[];
}

/** One row for each name that any replica knows, in order of the names. */
export function align(replicas: readonly Directory[]): Row[] {
  const places = replicas.map(() => 0);
  const rows: Row[] = [];
  for (;;) {
    let name: Name | undefined;
    for (const [i, directory] of replicas.entries()) {
      const next = directory[places[i] as number]?.name;
      if (next !== undefined && (name === undefined || next < name)) name = next;
    }
    if (name === undefined) return rows;
    const entries: (Entry | undefined)[] = [];
    for (const [i, directory] of replicas.entries()) {
      const place = places[i] as number;
      const entry = directory[place];
      const here = entry?.name === name;
      if (here) places[i] = place + 1;
      entries.push(here ? entry : undefined);
    }
    rows.push({ name, entries });
  }
}
