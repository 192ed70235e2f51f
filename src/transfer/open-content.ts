/** Opens content that this replica recorded, by path and digest. */
import { type ContentReader, readFileContent, readLinkContent } from '../disk/content-reader.js';
import { type Digest, digestOfLink } from '../model/digest.js';
import { nameOf, parentOf, type RelPath } from '../model/path.js';
import { findEntry } from '../tree/edit-directory.js';
import type { Replica } from './replica.js';

/** The content recorded under `path` with that digest, or undefined if it is gone or has changed. */
export function openContent({ root, state }: Replica, path: RelPath, digest: Digest): ContentReader | undefined {
  const entry = findEntry(state.directory(parentOf(path)) ?? [], nameOf(path));
  if (entry === undefined || entry.digest !== digest || entry.stat === undefined) return undefined;
  if (entry.kind === 'file') return readFileContent(root, path, entry.stat);
  const link = entry.kind === 'symlink' ? readLinkContent(root, path) : undefined;
  return link !== undefined && digestOfLink(link.target) === digest ? link : undefined;
}
