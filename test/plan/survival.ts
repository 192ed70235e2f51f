/** Invariants 1, 2 and 7 for replicas of any kind: what was there before a run, and what users wrote meanwhile. */
import type { Digest } from '../../src/model/digest.js';
import type { RelPath } from '../../src/model/path.js';
import { digestOfNode, type Node } from './node.js';
import { isCopyName, type Site, type Truth } from './users.js';

export interface Keeper extends Pick<Site, 'label'> {
  readonly disk: Pick<Site['disk'], 'get' | 'has'>;
  /** Digests of all live files and symlinks. */
  live(): ReadonlySet<Digest>;
  /** Digests of what the trash holds. */
  readonly trash: readonly Digest[];
}

/** (1) and (7): what was live on a replica is live there, in its trash, or truly superseded. */
export function checkSurvival<K extends Keeper>(
  replicas: readonly K[],
  before: ReadonlyMap<K, ReadonlyMap<RelPath, Node>>,
  truth: Truth,
): void {
  let everywhere: ReadonlySet<Digest> | undefined;
  for (const [replica, disk] of before) {
    let here: ReadonlySet<Digest> | undefined;
    for (const [path, node] of disk) {
      if (node.kind === 'directory' || replica.disk.get(path) === node) continue;
      here ??= new Set([...replica.live(), ...replica.trash]);
      if (here.has(digestOfNode(node))) continue;
      everywhere ??= new Set(replicas.flatMap((each) => [...each.live(), ...each.trash]));
      const there = everywhere;
      if (truth.isSettled(path, digestOfNode(node), (next) => there.has(next))) continue;
      throw new Error(`(1) ${replica.label} ${path}: ${node.kind} ${node.content} is lost`);
    }
  }
}

/** (2): but for conflict copies, every path that was there still is. */
export function checkNothingRemoved<K extends Keeper>(before: ReadonlyMap<K, ReadonlyMap<RelPath, Node>>): void {
  for (const [replica, disk] of before) {
    for (const path of disk.keys()) {
      if (isCopyName(path) || replica.disk.has(path)) continue;
      throw new Error(`(2) ${replica.label} ${path} was removed without --delete`);
    }
  }
}
