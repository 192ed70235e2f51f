/** Opens content that this replica recorded. */
import { type ContentReader, readFileContent, readLinkContent } from '../disk/content-reader.js';
import { type Digest, digestOfLink } from '../model/digest.js';
import type { LocalEntry } from '../model/entry.js';
import { nameOf, parentOf, type RelPath } from '../model/path.js';
import type { LocalDirectory } from '../state/folder-state.js';
import { findEntry } from '../tree/edit-directory.js';
import { RecentDirectories } from './recent-directories.js';
import type { Replica } from './replica.js';

/** The content that `recorded` says to be under `path`, or undefined if it is gone or has changed. */
export function openRecorded(
  { root }: Pick<Replica, 'root'>,
  path: RelPath,
  { kind, digest, stat }: LocalEntry,
): ContentReader | undefined {
  if (stat === undefined) return undefined;
  if (kind === 'file') return readFileContent(root, path, stat);
  const link = kind === 'symlink' ? readLinkContent(root, path) : undefined;
  return link !== undefined && digestOfLink(link.target) === digest ? link : undefined;
}

/** Opens many contents by path and digest. Of what is remembered, what has changed since is found when it is opened. */
export class ContentOpener {
  readonly #replica: Pick<Replica, 'root' | 'state'>;
  readonly #known = new RecentDirectories<LocalDirectory>();

  constructor(replica: Pick<Replica, 'root' | 'state'>) {
    this.#replica = replica;
  }

  /** The content recorded under `path` with that digest, or undefined if it is gone or has changed. */
  open(path: RelPath, digest: Digest): ContentReader | undefined {
    const parent = parentOf(path);
    const known = this.#known.get(parent);
    const content = known && this.#openIn(known, path, digest);
    if (content !== undefined) return content;
    const entries = this.#replica.state.directory(parent) ?? [];
    this.#known.put(parent, entries, entries.length);
    return this.#openIn(entries, path, digest);
  }

  #openIn(directory: LocalDirectory, path: RelPath, digest: Digest): ContentReader | undefined {
    const entry = findEntry(directory, nameOf(path));
    return entry?.digest === digest ? openRecorded(this.#replica, path, entry) : undefined;
  }
}
