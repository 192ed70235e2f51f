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

/**
 * The same for many contents of a few directories: the record of the last directory is remembered, because to look it up
 * anew for each of its files takes longer than to open them. What has changed since is found when it is opened.
 */
export class ContentOpener {
  readonly #replica: Replica;
  #last: { readonly path: RelPath; readonly entries: LocalDirectory } | undefined;

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  open(path: RelPath, digest: Digest): ContentReader | undefined {
    const parent = parentOf(path);
    const isKnown = this.#last?.path === parent;
    if (!isKnown) this.#last = { path: parent, entries: this.#replica.state.directory(parent) ?? [] };
    const content = openIn(this.#replica, this.#last?.entries ?? [], path, digest);
    if (content !== undefined || !isKnown) return content;
    this.#last = undefined;
    return this.open(path, digest);
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
