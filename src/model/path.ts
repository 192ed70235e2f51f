/**
 * Paths inside a folder: byte strings of components joined by `/`, without a leading or trailing one.
 * The folder itself is the empty path. What a component may be is decided in path-rule.ts.
 */
import type { ByteString } from './byte-string.js';

/** One component of a path: exact bytes, never empty, `.`, `..` or with `/` or NUL. */
export type Name = ByteString & { readonly __brand: 'Name' };
/** A path below the folder's root; `''` is the root. */
export type RelPath = ByteString & { readonly __brand: 'RelPath' };

export const ROOT = '' as RelPath;

export function joinPath(parent: RelPath, name: Name): RelPath {
  return (parent === '' ? name : `${parent}/${name}`) as RelPath;
}

/** The directory that holds the path. The root is its own parent. */
export function parentOf(path: RelPath): RelPath {
  const slash = path.lastIndexOf('/');
  return (slash < 0 ? '' : path.slice(0, slash)) as RelPath;
}

export function nameOf(path: RelPath): Name {
  return path.slice(path.lastIndexOf('/') + 1) as Name;
}

export function componentsOf(path: RelPath): Name[] {
  return path === '' ? [] : (path.split('/') as Name[]);
}
