/**
 * Takes a file from anywhere on this computer into the folder: staged, made durable and given its name in one step, as
 * a file from a peer is. Nothing is ever replaced: where the name has another content, the file goes beside it under
 * the name of a conflict copy (docs/DESIGN.md, "Send").
 */
import fs from 'node:fs';
import nodePath from 'node:path';
import { ContentHash } from '../delta/content-hash.js';
import { type AnchoredRoot, openRoot } from '../disk/anchored-root.js';
import { localStatOf, microsecondsOf } from '../disk/local-stat.js';
import { openRegularFile } from '../disk/regular-file.js';
import { byteStringOfText } from '../model/byte-string.js';
import type { Digest } from '../model/digest.js';
import type { LocalStat } from '../model/entry.js';
import type { Name, RelPath } from '../model/path.js';
import { checkPath } from '../model/path-rule.js';
import { SyncError } from '../model/sync-error.js';
import { conflictNames } from '../plan/conflict-name.js';
import { statAt } from './expected.js';
import { installFile } from './install.js';
import type { Stage } from './stage.js';
import type { StagedFile } from './staged-file.js';

/** Bytes read at once. */
const PIECE = 1024 * 1024;

export interface TakenIn {
  /** Where the content stands in the folder. */
  readonly path: RelPath;
  /** `there`: it stood there before. `beside`: another content has its own name. */
  readonly outcome: 'placed' | 'there' | 'beside';
}

/** `file` is absolute. Throws `usage` for what is no regular file or is the folder's own. */
export async function takeIn(stage: Stage, file: string, options: { readonly fsync: boolean }): Promise<TakenIn> {
  const real = realPath(file);
  const within = nodePath.relative(stage.root.path, real);
  if (within === '') throw new SyncError('usage', `${file} is the folder itself: \`p2psync once\` sends all of it`);
  if (within !== '..' && !within.startsWith('../') && !nodePath.isAbsolute(within)) {
    regularFile(real, file);
    return { path: checkPath(byteStringOfText(within)), outcome: 'there' };
  }
  const from = openRoot(nodePath.dirname(real));
  try {
    return await copyIn(stage, { root: from, name: nodePath.basename(real), file }, options);
  } finally {
    from.close();
  }
}

interface Source {
  readonly root: AnchoredRoot;
  /** Behind all symlinks. */
  readonly name: string;
  /** As the user named it. */
  readonly file: string;
}

async function copyIn(stage: Stage, { root, name, file }: Source, options: { fsync: boolean }): Promise<TakenIn> {
  const wanted = checkPath(byteStringOfText(nodePath.basename(file))) as string as Name;
  const stats = regularFile(nodePath.join(root.path, name), file);
  const staged = stage.copyOf(root, byteStringOfText(name) as RelPath, localStatOf(stats));
  try {
    const metadata = { mtime: microsecondsOf(stats), mode: Number(stats.mode) & 0o777 };
    staged.setMetadata(metadata);
    await stage.syncAll([staged], options);
    const place = placeFor(stage.root, wanted, staged);
    if (place.outcome === 'there') staged.discard();
    else installFile(stage.root, place.path, staged, metadata, undefined);
    return place;
  } catch (error) {
    staged.discard();
    throw error;
  }
}

/** The first name that is free or has this very content. */
function placeFor(root: AnchoredRoot, wanted: Name, staged: StagedFile): TakenIn {
  if (statAt(root, wanted as string as RelPath) === undefined) {
    return { path: wanted as string as RelPath, outcome: 'placed' };
  }
  const digest = digestOf(staged.fd, staged.stat().size);
  for (const name of [wanted, ...conflictNames(wanted, digest)]) {
    const path = name as string as RelPath;
    const stats = statAt(root, path);
    if (stats === undefined) return { path, outcome: 'beside' };
    if (stats.isFile() && digestAt(root, path, localStatOf(stats)) === digest) return { path, outcome: 'there' };
  }
  throw new SyncError('path', `${JSON.stringify(wanted)}: all names that it could get in the folder are taken`);
}

function digestAt(root: AnchoredRoot, path: RelPath, expected: LocalStat): Digest {
  const { fd } = openRegularFile(root, path, expected);
  try {
    return digestOf(fd, expected.size);
  } finally {
    fs.closeSync(fd);
  }
}

function digestOf(fd: number, size: number): Digest {
  const hash = new ContentHash(size);
  const piece = Buffer.allocUnsafe(Math.min(size, PIECE));
  for (let position = 0; position < size; ) {
    const read = fs.readSync(fd, piece, 0, piece.length, position);
    if (read === 0) break;
    hash.update(piece.subarray(0, read));
    position += read;
  }
  return hash.finish().digest;
}

function realPath(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch (error) {
    throw new SyncError('usage', `${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function regularFile(real: string, file: string): fs.BigIntStats {
  const stats = fs.lstatSync(real, { bigint: true });
  if (stats.isFile()) return stats;
  const advice = stats.isDirectory() ? ': put it into the folder and run `p2psync once`' : '';
  throw new SyncError('usage', `${file} is no regular file${advice}`);
}
