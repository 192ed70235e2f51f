/** A replica in memory: a disk, a state and a trash, kept with the real observe, codec and summaries. */
import { type Digest, digestOf, digestOfLink } from '../../src/model/digest.js';
import type { Directory, LocalEntry, TreeSummary } from '../../src/model/entry.js';
import { joinPath, nameOf, parentOf, type RelPath, ROOT } from '../../src/model/path.js';
import type { ReplicaId } from '../../src/model/version-vector.js';
import { type Observation, observe } from '../../src/plan/observe.js';
import { decodeDirectory, encodeDirectory } from '../../src/tree/directory-codec.js';
import { findEntry, putEntries } from '../../src/tree/edit-directory.js';
import { EMPTY_TREE, summarizeDirectory } from '../../src/tree/summarize.js';

export type Node =
  | { readonly kind: 'file'; readonly content: string; readonly mtime: number; readonly mode: number }
  | { readonly kind: 'symlink'; readonly content: string; readonly mtime: number; readonly mode: 0 }
  | { readonly kind: 'directory'; readonly mode: number };

let created = 0;
const summaries = new WeakMap<Directory, TreeSummary>();
const listings = new WeakMap<Directory, Directory>();

export class Replica {
  disk = new Map<RelPath, Node>();
  records = new Map<RelPath, Directory<LocalEntry>>();
  trash: Digest[] = [];
  counter = 0;
  id: ReplicaId;
  readonly label: string;

  constructor(label: string) {
    this.label = label;
    this.id = newId();
  }

  /** The state is gone, the files are not. */
  loseState(): void {
    this.records = new Map();
    this.counter = 0;
    this.id = newId();
  }

  snapshot(): Replica {
    const copy = new Replica(this.label);
    copy.restore(this);
    return copy;
  }

  /** Disk and state as they were in a backup. */
  restore(backup: Replica): void {
    this.disk = new Map(backup.disk);
    this.records = new Map(backup.records);
    this.trash = [...this.trash, ...backup.trash];
    this.counter = backup.counter;
    this.id = backup.id;
  }

  entry(path: RelPath): LocalEntry | undefined {
    return findEntry(this.records.get(parentOf(path)) ?? [], nameOf(path));
  }

  record(path: RelPath, entry: LocalEntry): void {
    const parent = parentOf(path);
    this.records.set(parent, putEntries(this.records.get(parent) ?? [], [entry]));
  }

  seen(): Map<ReplicaId, number> {
    const seen = new Map<ReplicaId, number>([[this.id, this.counter]]);
    for (const directory of this.records.values()) {
      for (const { vector } of directory) {
        for (const [id, counter] of vector) seen.set(id, Math.max(counter, seen.get(id) ?? 0));
      }
    }
    return seen;
  }

  scan(deletes: boolean): void {
    const next = this.counter + 1;
    const tick = (): number => {
      this.counter = next;
      return next;
    };
    for (const path of this.knownPaths()) this.look(path, tick, deletes);
    this.settle();
  }

  /** One path as a scan sees it. */
  look(path: RelPath, tick: () => number, deletes: boolean): void {
    const node = this.disk.get(path);
    const recorded = this.entry(path);
    const entry = observe(nameOf(path), recorded, node && observation(node), { replica: this.id, tick, deletes });
    if (entry !== undefined && entry !== recorded) this.record(path, entry);
  }

  /** Computes all summaries, children first; what has not changed is not computed again. */
  settle(path: RelPath = ROOT): TreeSummary {
    const before = this.records.get(path) ?? [];
    let directory = before;
    for (const entry of before) {
      const below = joinPath(path, entry.name);
      if (entry.kind !== 'directory' && !this.records.has(below)) continue;
      const tree = this.settle(below);
      if (tree !== entry.tree) directory = putEntries(directory, [{ ...entry, tree }]);
    }
    if (directory.length === 0) return EMPTY_TREE;
    if (directory !== before) this.records.set(path, directory);
    let summary = summaries.get(directory);
    if (summary === undefined) {
      summary = summarizeDirectory(directory);
      summaries.set(directory, summary);
    }
    return summary;
  }

  /** What a peer sees: through the codec. */
  listing(path: RelPath): Directory {
    const directory = this.records.get(path) ?? [];
    let listing = listings.get(directory);
    if (listing === undefined) {
      listing = decodeDirectory(encodeDirectory(directory, { local: false }), { local: false });
      listings.set(directory, listing);
    }
    return listing;
  }

  knownPaths(): RelPath[] {
    const paths = new Set(this.disk.keys());
    for (const [parent, directory] of this.records) for (const { name } of directory) paths.add(joinPath(parent, name));
    return [...paths].sort();
  }

  children(path: RelPath): RelPath[] {
    return [...this.disk.keys()].filter((other) => other !== path && other.startsWith(path === ROOT ? '' : `${path}/`));
  }

  tombstones(): RelPath[] {
    const paths: RelPath[] = [];
    for (const [parent, directory] of this.records) {
      for (const { name, kind } of directory) if (kind === 'deleted') paths.push(joinPath(parent, name));
    }
    return paths;
  }

  /** Digests of all live files and symlinks. */
  live(): Set<Digest> {
    const digests = new Set<Digest>();
    for (const node of this.disk.values()) if (node.kind !== 'directory') digests.add(digestOfNode(node));
    return digests;
  }
}

function observation(node: Node): Observation {
  if (node.kind === 'directory') return { kind: 'directory', size: 0, mtime: 0, mode: node.mode, digest: '' as Digest };
  return { ...node, size: node.content.length, digest: digestOfNode(node) };
}

const digests = new Map<string, Digest>();

export function digestOfNode(node: Exclude<Node, { kind: 'directory' }>): Digest {
  const key = `${node.kind} ${node.content}`;
  let digest = digests.get(key);
  if (digest === undefined) {
    digest = node.kind === 'file' ? digestOf(Buffer.from(node.content, 'latin1')) : digestOfLink(node.content);
    digests.set(key, digest);
  }
  return digest;
}

/** A replica id that no other replica of this process has. */
export function newId(): ReplicaId {
  created++;
  return `r${created.toString(36).padStart(7, '0')}` as ReplicaId;
}
