/** A replica in memory: a disk, a state and a trash, kept with the real observe, codec and summaries. */
import { type Digest, NO_DIGEST } from '../../src/model/digest.js';
import { type Directory, isLive, type LocalEntry, type TreeSummary } from '../../src/model/entry.js';
import { joinPath, type Name, nameOf, parentOf, type RelPath, ROOT } from '../../src/model/path.js';
import type { ReplicaId } from '../../src/model/version-vector.js';
import { forgetOld, REMEMBERED_MS } from '../../src/plan/forget.js';
import { type Observation, observe } from '../../src/plan/observe.js';
import { withdrawn } from '../../src/scan/withdrawn.js';
import { findEntry, putEntries, removeEntry } from '../../src/tree/edit-directory.js';
import { EMPTY_TREE } from '../../src/tree/summarize.js';
import { digestOfNode, type Node } from './node.js';
import { Summarizer } from './summarizer.js';
import type { Site } from './users.js';

export class Replica implements Site {
  disk = new Map<RelPath, Node>();
  records = new Map<RelPath, Directory<LocalEntry>>();
  trash: Digest[] = [];
  counter = 0;
  id: ReplicaId;
  readonly label: string;
  readonly #summarizer: Summarizer;
  /** Paths that this replica hides, with all below. */
  readonly ignored = new Set<RelPath>();
  #seen = new Map<ReplicaId, number>();
  /** What the disk held when an entry was recorded: as the stat does for a real scan, it says what need not be read. */
  #looked = new WeakMap<LocalEntry, Node | typeof MISSING>();
  #open = new Set<RelPath>([ROOT]);
  #root: TreeSummary = EMPTY_TREE;

  constructor(label: string, summarizer = new Summarizer(true)) {
    this.label = label;
    this.#summarizer = summarizer;
    this.id = newId();
  }

  /** The state is gone, the files are not. */
  loseState(): void {
    this.records = new Map();
    this.#seen = new Map();
    this.#open = new Set([ROOT]);
    this.renew();
  }

  renew(): void {
    this.counter = 0;
    this.id = newId();
  }

  snapshot(): Replica {
    const copy = new Replica(this.label, this.#summarizer);
    copy.trash = [...this.trash];
    for (const path of this.ignored) copy.ignored.add(path);
    this.#copyTo(copy);
    return copy;
  }

  /** Disk and state, but not the trash, come back as they were. */
  backup(): () => void {
    const kept = this.snapshot();
    return () => kept.#copyTo(this);
  }

  #copyTo(other: Replica): void {
    other.disk = new Map(this.disk);
    other.records = new Map(this.records);
    other.counter = this.counter;
    other.id = this.id;
    other.#seen = new Map(this.#seen);
    other.#looked = this.#looked;
    other.#open = new Set(this.#open);
    other.#root = this.#root;
  }

  entry(path: RelPath): LocalEntry | undefined {
    const { parent, name } = splitOf(path);
    const directory = this.records.get(parent);
    return directory === undefined ? undefined : findEntry(directory, name);
  }

  record(path: RelPath, entry: LocalEntry): void {
    const { parent } = splitOf(path);
    this.records.set(parent, putEntries(this.records.get(parent) ?? [], [entry]));
    for (const [id, counter] of entry.vector) if (counter > (this.#seen.get(id) ?? 0)) this.#seen.set(id, counter);
    this.#mark(entry.kind === 'directory' || this.records.has(path) ? path : parent);
  }

  seen(): ReadonlyMap<ReplicaId, number> {
    if (this.counter > (this.#seen.get(this.id) ?? 0)) this.#seen.set(this.id, this.counter);
    return this.#seen;
  }

  toggleIgnore(path: RelPath): void {
    if (!this.ignored.delete(path)) this.ignored.add(path);
  }

  hides(path: RelPath): boolean {
    if (this.ignored.size === 0 || path === ROOT) return false;
    return this.ignored.has(path) || this.hides(splitOf(path).parent);
  }

  /** A year goes by for what is gone. */
  forget(): void {
    for (const [path, directory] of this.records) {
      let kept: Directory<LocalEntry> = directory;
      for (const entry of directory) {
        const now = forgetOld({ ...entry, since: 0 }, REMEMBERED_MS);
        if (now === undefined) kept = removeEntry(kept, entry.name);
        else if (now.kind !== entry.kind) kept = putEntries(kept, [now]);
      }
      if (kept === directory) continue;
      this.records.set(path, kept);
      this.#mark(path);
    }
    this.settle();
  }

  scan(deletes: boolean): void {
    const next = this.counter + 1;
    const tick = (): number => {
      this.counter = next;
      return next;
    };
    for (const path of this.disk.keys()) this.look(path, tick, deletes);
    for (const path of this.#missing()) this.#settleMissing(path, tick, deletes);
    this.settle();
  }

  /** What is recorded as live and not there, parents first. */
  #missing(directory = ROOT, missing: RelPath[] = []): RelPath[] {
    for (const entry of this.records.get(directory) ?? []) {
      const path = childOf(directory, entry.name);
      if (isLive(entry) && !this.disk.has(path)) missing.push(path);
      this.#missing(path, missing);
    }
    return missing;
  }

  /** As scan/settle-missing.ts does: what lies below a directory that claims nothing claims nothing either. */
  #settleMissing(path: RelPath, tick: () => number, deletes: boolean): void {
    const { parent } = splitOf(path);
    const recorded = this.entry(path) as LocalEntry;
    if (parent !== ROOT && this.entry(parent)?.kind === 'absent') this.#withdraw(path, recorded);
    else this.look(path, tick, deletes);
    if (this.entry(path)?.kind === 'absent') this.#forgetClaims(path);
  }

  /** As transfer/withdraw-below.ts does for a directory that it makes. */
  withdrawBelow(path: RelPath): void {
    for (const entry of this.records.get(path) ?? []) {
      if (!isLive(entry)) continue;
      const child = childOf(path, entry.name);
      this.withdrawBelow(child);
      this.record(child, withdrawn(entry));
    }
  }

  #withdraw(path: RelPath, recorded: LocalEntry): void {
    this.record(path, withdrawn(recorded));
    this.#forgetClaims(path);
  }

  #forgetClaims(path: RelPath): void {
    const directory = this.records.get(path) ?? [];
    let kept = directory;
    for (const entry of directory) {
      if (isLive(entry)) continue;
      this.#forgetClaims(childOf(path, entry.name));
      if (entry.kind === 'deleted') kept = removeEntry(kept, entry.name);
    }
    if (kept === directory) return;
    this.records.set(path, kept);
    this.#mark(path);
  }

  /** One path as a scan sees it. */
  look(path: RelPath, tick: () => number, deletes: boolean): void {
    const node = this.disk.get(path);
    const recorded = this.entry(path);
    if (this.hides(path)) {
      if (recorded !== undefined && isLive(recorded)) this.#withdraw(path, recorded);
      return;
    }
    const sight = node ?? MISSING;
    if (recorded !== undefined && this.#looked.get(recorded) === sight) return;
    const observer = { replica: this.id, tick, deletes };
    const entry = observe(splitOf(path).name, recorded, node && observation(node), observer);
    if (entry === undefined) return;
    if (entry !== recorded) this.record(path, entry);
    if (node !== undefined) this.#looked.set(entry, sight);
  }

  /** Computes the summaries that are out of date, children first. */
  settle(): TreeSummary {
    if (!this.#open.has(ROOT)) return this.#root;
    for (const path of [...this.#open].sort((a, b) => b.length - a.length)) {
      this.#open.delete(path);
      const tree = this.#summarizer.summarize(this.records.get(path) ?? []);
      if (path === ROOT) this.#root = tree;
      else this.#putSummary(path, tree);
    }
    return this.#root;
  }

  #putSummary(path: RelPath, tree: TreeSummary): void {
    const { parent } = splitOf(path);
    const entry = this.entry(path);
    if (entry === undefined || entry.tree === tree) return;
    const summed = { ...entry, tree };
    const looked = this.#looked.get(entry);
    if (looked !== undefined) this.#looked.set(summed, looked);
    this.records.set(parent, putEntries(this.records.get(parent) ?? [], [summed]));
  }

  /** What a peer sees. */
  listing(path: RelPath): Directory {
    const directory = this.records.get(path);
    return directory === undefined ? [] : this.#summarizer.listing(directory);
  }

  children(path: RelPath): RelPath[] {
    if (path === ROOT) return [...this.disk.keys()];
    const below: RelPath[] = [];
    for (const other of this.disk.keys()) {
      if (other.length > path.length && other.startsWith(path) && other[path.length] === '/') below.push(other);
    }
    return below;
  }

  tombstones(): RelPath[] {
    const paths: RelPath[] = [];
    for (const [parent, directory] of this.records) {
      for (const { name, kind } of directory) if (kind === 'deleted') paths.push(childOf(parent, name));
    }
    return paths;
  }

  /** Digests of all live files and symlinks. */
  live(): Set<Digest> {
    const digests = new Set<Digest>();
    for (const node of this.disk.values()) if (node.kind !== 'directory') digests.add(digestOfNode(node));
    return digests;
  }

  #mark(path: RelPath): void {
    let at = path;
    while (!this.#open.has(at)) {
      this.#open.add(at);
      at = splitOf(at).parent;
    }
  }
}

const MISSING = 'missing';

function observation(node: Node): Observation {
  if (node.kind === 'directory') return { kind: 'directory', size: 0, mtime: 0, mode: node.mode, digest: NO_DIGEST };
  const { kind, content, mtime, mode } = node;
  return { kind, size: content.length, mtime, mode, digest: digestOfNode(node) };
}

const splits = new Map<RelPath, { readonly parent: RelPath; readonly name: Name }>();

/** Parent and name, cut once: the same strings then have their hashes. */
function splitOf(path: RelPath): { readonly parent: RelPath; readonly name: Name } {
  let split = splits.get(path);
  if (split === undefined) {
    split = { parent: parentOf(path), name: nameOf(path) };
    splits.set(path, split);
  }
  return split;
}

const children = new Map<RelPath, Map<Name, RelPath>>();

function childOf(parent: RelPath, name: Name): RelPath {
  let named = children.get(parent);
  if (named === undefined) {
    named = new Map();
    children.set(parent, named);
  }
  let path = named.get(name);
  if (path === undefined) {
    path = joinPath(parent, name);
    named.set(name, path);
  }
  return path;
}

let created = 0;

/** A replica id that no other replica of this process has. */
export function newId(): ReplicaId {
  created++;
  return `r${created.toString(36).padStart(7, '0')}` as ReplicaId;
}
