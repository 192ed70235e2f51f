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
  const places = new Uint32Array(replicas.length);
  const rows: Row[] = [];
  for (let name = lowest(replicas, places); name !== undefined; name = lowest(replicas, places)) {
    const entries: (Entry | undefined)[] = [];
    for (let i = 0; i < replicas.length; i++) {
      const entry = replicas[i]?.[places[i] as number];
      const here = entry?.name === name;
      if (here) places[i] = (places[i] as number) + 1;
      entries.push(here ? entry : undefined);
    }
    rows.push({ name, entries });
  }
  return rows;
}

/** The lowest of the names that come next. */
function lowest(replicas: readonly Directory[], places: Uint32Array): Name | undefined {
  let name: Name | undefined;
  for (let i = 0; i < replicas.length; i++) {
    const next = replicas[i]?.[places[i] as number]?.name;
    if (next !== undefined && (name === undefined || next < name)) name = next;
  }
  return name;
}
