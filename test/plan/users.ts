/**
 * Users who act on replicas, in memory or on a disk. They keep the true causal order of contents apart from vectors
 * and lineages, so that the invariants do not trust what they test.
 */
import type { Digest } from '../../src/model/digest.js';
import { nameOf, parentOf, type RelPath, ROOT } from '../../src/model/path.js';
import type { UserStep } from './history.js';
import { contentNode, digestOfNode, type Node } from './node.js';

/** A replica as a user sees it. */
export interface Site {
  readonly label: string;
  readonly disk: Disk;
  /** What lies below the path, however deep. */
  children(path: RelPath): RelPath[];
  loseState(): void;
  /** Keeps disk and state as they are; gives what brings them back. */
  backup(): () => void;
  /** A new or a withdrawn ignore rule for the path and all below. */
  toggleIgnore(path: RelPath): void;
  /** A year goes by for tombstones. */
  forget(): void;
}

export interface Disk {
  get(path: RelPath): Node | undefined;
  has(path: RelPath): boolean;
  set(path: RelPath, node: Node): unknown;
  delete(path: RelPath): unknown;
  /** Parents before children where it matters: sort them. */
  keys(): Iterable<RelPath>;
  entries(): Iterable<[RelPath, Node]>;
}

/** Stands for a directory among contents. */
const DIRECTORY = 'directory' as Digest;

/** What users have done to the contents of each path, as it truly was. */
export class Truth {
  /** path and content → contents that a user put in its place, having it before them. */
  readonly #replacedBy = new Map<string, Set<Digest>>();
  readonly #replacedAnywhere = new Set<Digest>();
  readonly #removed = new Set<string>();
  /** Contents whose conflict copy a user deleted or edited: the conflict is resolved. */
  readonly cleared = new Set<Digest>();
  /** Paths of which some replica once had a tombstone. */
  readonly claimed = new Set<RelPath>();
  restored = false;
  forgot = false;

  replace(path: RelPath, old: Digest, by: Digest): void {
    const key = `${path} ${old}`;
    const successors = this.#replacedBy.get(key) ?? new Set();
    this.#replacedBy.set(key, successors.add(by));
    this.#replacedAnywhere.add(old);
    if (path.includes('.conflict-')) this.cleared.add(old);
  }

  remove(path: RelPath, old: Digest): void {
    this.#removed.add(`${path} ${old}`);
    if (path.includes('.conflict-')) this.cleared.add(old);
  }

  /** Whether a user removed this content from this path on some replica, and a run turned that into a claim. */
  wasDeleted(path: RelPath, digest: Digest): boolean {
    return this.claimed.has(path) && this.#removed.has(`${path} ${digest}`);
  }

  /** Whether the content may be gone: somebody replaced it by content that is not lost or was removed, or removed it. */
  isSettled(
    path: RelPath,
    digest: Digest,
    survives: (digest: Digest) => boolean,
    visited = new Set<Digest>(),
  ): boolean {
    if (this.cleared.has(digest) || this.wasDeleted(path, digest)) return true;
    visited.add(digest);
    const successors = this.#replacedBy.get(`${path} ${digest}`) ?? [];
    return [...successors].some(
      (next) =>
        next === DIRECTORY ||
        survives(next) ||
        this.#removed.has(`${path} ${next}`) ||
        (!visited.has(next) && this.isSettled(path, next, survives, visited)),
    );
  }

  /** Whether some user replaced this content somewhere, be it in a conflict copy of it. */
  wasReplacedAnywhere(digest: Digest): boolean {
    return this.#replacedAnywhere.has(digest);
  }

  /** Whether some user deleted it under some path, and a run with deletes told others so. */
  wasDeletedAnywhere(digest: Digest): boolean {
    return [...this.claimed].some((path) => this.wasDeleted(path, digest));
  }

  wasReplaced(path: RelPath, digest: Digest): boolean {
    return this.#replacedBy.has(`${path} ${digest}`);
  }
}

/** Lets users act on replicas. */
export class Users {
  readonly truth = new Truth();
  readonly #backups = new Map<Site, () => void>();
  /** What a user last removed from a path of a replica: what is written there next was written knowing it. */
  readonly #gone = new Map<string, Digest>();
  readonly #skews: ReadonlyMap<Site, number>;
  #time = 100;

  constructor(sites: readonly Site[], skews: readonly number[]) {
    this.#skews = new Map(sites.map((site, i) => [site, skews[i] ?? 0]));
  }

  act(site: Site, step: UserStep): void {
    this.#time++;
    const now = this.#time + (this.#skews.get(site) ?? 0);
    switch (step.op) {
      case 'write':
        this.put(site, step.path, contentNode('file', this.#content(step.content), now, 0o644));
        break;
      case 'link':
        this.put(site, step.path, contentNode('symlink', this.#content(step.content), now, 0));
        break;
      case 'mkdir':
        this.put(site, step.path, { kind: 'directory', mode: 0o755 });
        break;
      case 'remove':
        this.remove(site, step.path);
        break;
      case 'rename':
        this.#rename(site, step.path, step.to);
        break;
      case 'touch':
        this.#change(site, step.path, { mtime: step.mtime });
        break;
      case 'chmod':
        this.#change(site, step.path, { mode: step.mode });
        break;
      case 'edit-copy':
      case 'swap-copies':
      case 'recopy':
        this.#changeCopy(site, step.op, step.nth, now);
        break;
      case 'clear':
        for (const path of [...site.disk.keys()]) if (isCopyName(path)) this.remove(site, path);
        break;
      case 'lose-state':
        site.loseState();
        break;
      case 'backup':
        this.#backups.set(site, site.backup());
        break;
      case 'restore':
        this.#restore(site);
        break;
      case 'ignore':
        site.toggleIgnore(step.path);
        break;
      case 'forget':
        this.truth.forgot = true;
        site.forget();
        break;
    }
  }

  put(site: Site, path: RelPath, node: Node): void {
    const { disk } = site;
    if (node.kind === 'directory' && disk.get(path)?.kind === 'directory') return;
    const parent = parentOf(path);
    if (parent !== ROOT && disk.get(parent)?.kind !== 'directory')
      this.put(site, parent, { kind: 'directory', mode: 0o755 });
    if (disk.get(path)?.kind === 'directory') this.remove(site, path);
    const old = disk.get(path);
    const before = old === undefined || old.kind === 'directory' ? this.#gone.get(key(site, path)) : digestOfNode(old);
    if (before !== undefined) {
      const after = node.kind === 'directory' ? DIRECTORY : digestOfNode(node);
      if (after !== before) this.truth.replace(path, before, after);
      if (after === DIRECTORY) this.#gone.set(key(site, path), before);
    }
    disk.set(path, node);
  }

  remove(site: Site, path: RelPath): void {
    if (!site.disk.has(path)) return;
    for (const gone of [...site.children(path).sort().reverse(), path]) {
      const node = site.disk.get(gone);
      site.disk.delete(gone);
      if (node === undefined || node.kind === 'directory') continue;
      this.truth.remove(gone, digestOfNode(node));
      this.#gone.set(key(site, gone), digestOfNode(node));
    }
  }

  #rename(site: Site, from: RelPath, to: RelPath): void {
    const node = site.disk.get(from);
    if (
      node === undefined ||
      node.kind === 'directory' ||
      from === to ||
      to.startsWith(`${from}/`) ||
      from.startsWith(`${to}/`)
    )
      return;
    this.remove(site, from);
    this.put(site, to, node);
  }

  #changeCopy(site: Site, op: 'edit-copy' | 'swap-copies' | 'recopy', nth: number, now: number): void {
    const copies = [...site.disk.keys()].filter(isCopyName).sort();
    const path = copies[nth % copies.length];
    if (path === undefined) return;
    const other = copies[(nth + 1) % copies.length] as RelPath;
    const [one, two] = [site.disk.get(path), site.disk.get(other)] as [Node, Node];
    if (op === 'edit-copy') this.put(site, path, contentNode('file', this.#content('new'), now, 0o644));
    else if (one.kind === 'directory' || two.kind === 'directory') return;
    else {
      this.put(site, path, two);
      if (op === 'swap-copies') this.put(site, other, one);
    }
  }

  #change(site: Site, path: RelPath, change: { mtime?: number; mode?: number }): void {
    const node = site.disk.get(path);
    if (node === undefined || node.kind === 'symlink') return;
    if (node.kind === 'directory') {
      if (change.mode !== undefined) site.disk.set(path, { ...node, mode: change.mode });
    } else site.disk.set(path, { ...node, ...change });
  }

  #restore(site: Site): void {
    const bringBack = this.#backups.get(site);
    if (bringBack === undefined) return;
    this.truth.restored = true;
    for (const [path, node] of site.disk.entries()) {
      if (node.kind !== 'directory') this.truth.remove(path, digestOfNode(node));
    }
    bringBack();
  }

  #content(wanted: string): string {
    return wanted === 'new' ? `content ${this.#time}` : wanted;
  }
}

function key(site: Site, path: RelPath): string {
  return `${site.label} ${path}`;
}

export function isCopyName(path: RelPath): boolean {
  return nameOf(path).includes('.conflict-');
}
