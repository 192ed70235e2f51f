/** Opens content that this replica recorded, by path and digest. */
import { type ContentReader, readFileContent, readLinkContent } from '../disk/content-reader.js';
import { type Digest, digestOfLink } from '../model/digest.js';
import { nameOf, parentOf, type RelPath } from '../model/path.js';
import type { LocalDirectory } from '../state/folder-state.js';
import { findEntry } from '../tree/edit-directory.js';
import type { Replica } from './replica.js';

/** The content recorded under `path` with that digest, or undefined if it is gone or has changed. */
export function openContent(replica: Replica, path: RelPath, digest: Digest): ContentReader | undefined {
  return openIn(replica, replica.state.directory(parentOf(path)) ?? [], path, digest);
}

/** Entries of directories whose records are remembered: more than a receiver asks for ahead. */
const ENTRIES_KEPT = 4096;

/**
 * The same for many contents of a few directories: their records are remembered, because to look one up anew for each of
 * its files takes longer than to open them, and files of several directories are wanted by turns. What has changed since
 * is found when it is opened.
 */
export class ContentOpener {
  readonly #replica: Replica;
  /** Least recently used first. */
  readonly #known = new Map<RelPath, LocalDirectory>();
  #entries = 0;

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  open(path: RelPath, digest: Digest): ContentReader | undefined {
    const parent = parentOf(path);
    const known = this.#take(parent);
    const content = known && openIn(this.#replica, known, path, digest);
    if (known !== undefined && content !== undefined) {
      this.#keep(parent, known);
      return content;
    }
    const entries = this.#replica.state.directory(parent) ?? [];
    this.#keep(parent, entries);
    return openIn(this.#replica, entries, path, digest);
  }

  #take(directory: RelPath): LocalDirectory | undefined {
    const entries = this.#known.get(directory);
    this.#known.delete(directory);
    this.#entries -= entries?.length ?? 0;
    return entries;
  }

  #keep(directory: RelPath, entries: LocalDirectory): void {
    this.#known.set(directory, entries);
    this.#entries += entries.length;
    for (const oldest of this.#known.keys()) {
      if (this.#entries <= ENTRIES_KEPT || oldest === directory) return;
      this.#take(oldest);
    }
  }
}

function openIn(
  { root }: Replica,
  directory: LocalDirectory,
  path: RelPath,
  digest: Digest,
): ContentReader | undefined {
  const entry = findEntry(directory, nameOf(path));
  if (entry === undefined || entry.digest !== digest || entry.stat === undefined) return undefined;
  if (entry.kind === 'file') return readFileContent(root, path, entry.stat);
  const link = entry.kind === 'symlink' ? readLinkContent(root, path) : undefined;
  return link !== undefined && digestOfLink(link.target) === digest ? link : undefined;
}
