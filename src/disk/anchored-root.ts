/**
 * Anchored paths: every read and write below a folder's root goes through a directory handle that was
 * opened component by component without following symlinks, so that a program that swaps a parent for a
 * symlink cannot redirect it (docs/SECURITY.md, "Anchored I/O"). On Linux the handle is reached as
 * `/proc/self/fd/N/name`. Elsewhere the parents are checked before each use, which leaves a small race.
 */
import fs from 'node:fs';
import { bytesOf, isAscii } from '../model/byte-string.js';
import { nameOf, parentOf, type RelPath } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';

/** `O_PATH` of Linux, which node:fs does not name: a handle to walk through, not to read from. */
const O_PATH = 0o10000000;
/** Directory handles kept open; two chains of DEPTH_MAX directories and the stage's or trash's own fit at once. */
const HANDLES_MAX = 300;

export type AnchoredPath = string | Buffer;

export interface AnchoredRoot {
  /** The folder as the user named it, resolved; for messages only. */
  readonly path: string;
  /** Whether handles anchor the walk (Linux); otherwise parents are checked by path. */
  readonly anchored: boolean;
  /**
   * What to pass to node:fs for `path`. Its parents are real directories; the last component is not
   * followed as long as the call does not follow it (`lstat`, `O_NOFOLLOW`, `rename`, `link`, `unlink`).
   * Use it at once and synchronously: later calls may close the handle that it goes through. Two paths may be
   * used in one call (`link`, `rename`): the handles of both fit together.
   * `path` must have passed path-rule.ts: `..` would escape here.
   * Throws `path` if a parent is a symlink or no directory, and ENOENT if one is missing.
   */
  at(path: RelPath): AnchoredPath;
  /** The same for the directory `path` itself, to list it or to open it for fsync. */
  directory(path: RelPath): AnchoredPath;
  /** What another thread of this process needs to open the same root ({@link openSharedRoot}). */
  readonly shared: SharedRoot;
  /** Drops the handles of `path` and below; call it after a directory was renamed, removed or replaced. */
  forget(path: RelPath): void;
  close(): void;
}

/** A root by its path and, where handles anchor the walk, the handle that stands for it. */
export interface SharedRoot {
  readonly path: string;
  readonly handle?: number;
}

/** Opens a folder's root. The root itself may be reached through symlinks; nothing below it may. */
export function openRoot(path: string): AnchoredRoot {
  const real = fs.realpathSync(path);
  if (!fs.lstatSync(real).isDirectory()) throw new SyncError('not-joined', `${path} is no directory`);
  return canAnchor() ? new HandleRoot(real) : new CheckedRoot(real);
}

/**
 * The same root in another thread, with directory handles of its own. The handle of the root stays the lender's, who
 * must not close it meanwhile.
 */
export function openSharedRoot({ path, handle }: SharedRoot): AnchoredRoot {
  return handle === undefined ? new CheckedRoot(path) : new HandleRoot(path, handle);
}

/** Whether this system can walk through `/proc/self/fd`. */
export function canAnchor(): boolean {
  return process.platform === 'linux' && fs.existsSync('/proc/self/fd');
}

class HandleRoot implements AnchoredRoot {
  readonly anchored = true;
  readonly path: string;
  readonly #root: number;
  readonly #borrowed: boolean;
  #closed = false;
  /** Least recently used first. */
  readonly #handles = new Map<RelPath, number>();

  /** `handle`: the root's, lent by another thread. */
  constructor(path: string, handle?: number) {
    this.path = path;
    this.#borrowed = handle !== undefined;
    this.#root = handle ?? fs.openSync(path, O_PATH | fs.constants.O_DIRECTORY);
  }

  get shared(): SharedRoot {
    return { path: this.path, handle: this.#root };
  }

  at(path: RelPath): AnchoredPath {
    if (path === '') return this.directory(path);
    return through(this.#handle(parentOf(path)), nameOf(path));
  }

  directory(path: RelPath): AnchoredPath {
    return `/proc/self/fd/${this.#handle(path)}`;
  }

  forget(path: RelPath): void {
    for (const [key, fd] of this.#handles) {
      if (path !== '' && key !== path && !key.startsWith(`${path}/`)) continue;
      this.#handles.delete(key);
      fs.closeSync(fd);
    }
  }

  close(): void {
    // A second close would hit whatever file got the number since.
    if (this.#closed) return;
    this.forget('' as RelPath);
    if (!this.#borrowed) fs.closeSync(this.#root);
    this.#closed = true;
  }

  #handle(path: RelPath): number {
    if (this.#closed) throw new SyncError('closed', `the folder ${this.path} is used after it was closed`);
    if (path === '') return this.#root;
    const known = this.#handles.get(path);
    if (known !== undefined) {
      this.#handles.delete(path);
      this.#handles.set(path, known);
      return known;
    }
    const parent = this.#handle(parentOf(path));
    const fd = openDirectory(through(parent, nameOf(path)), path);
    this.#handles.set(path, fd);
    if (this.#handles.size > HANDLES_MAX) this.#evict();
    return fd;
  }

  #evict(): void {
    for (const [path, fd] of this.#handles) {
      this.#handles.delete(path);
      fs.closeSync(fd);
      return;
    }
  }
}

/** The fallback where there is no `/proc`; exported so that it can be tested where there is. */
export class CheckedRoot implements AnchoredRoot {
  readonly anchored = false;
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get shared(): SharedRoot {
    return { path: this.path };
  }

  at(path: RelPath): AnchoredPath {
    if (path !== '') this.#checkDirectory(parentOf(path));
    return this.#plain(path);
  }

  directory(path: RelPath): AnchoredPath {
    this.#checkDirectory(path);
    return this.#plain(path);
  }

  forget(): void {}
  close(): void {}

  #checkDirectory(path: RelPath): void {
    if (path === '') return;
    this.#checkDirectory(parentOf(path));
    if (!fs.lstatSync(this.#plain(path)).isDirectory()) throw blocked(path);
  }

  #plain(path: RelPath): AnchoredPath {
    if (path === '') return this.path;
    return isAscii(path) ? `${this.path}/${path}` : Buffer.concat([Buffer.from(`${this.path}/`), bytesOf(path)]);
  }
}

function through(fd: number, name: string): AnchoredPath {
  const path = `/proc/self/fd/${fd}/${name}`;
  return isAscii(name) ? path : bytesOf(path);
}

function openDirectory(at: AnchoredPath, path: RelPath): number {
  try {
    return fs.openSync(at, O_PATH | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOTDIR' || code === 'ELOOP') throw blocked(path, error);
    throw error;
  }
}

function blocked(path: RelPath, cause?: unknown): SyncError {
  return new SyncError('path', `expected a directory at ${JSON.stringify(path)}, found something else`, { cause });
}
