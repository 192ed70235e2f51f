/**
 * A file that is being put together in the stage, invisible to the user, readable by nobody else. Its content,
 * mtime and mode are complete (and, if asked for, durable) before install.ts gives it its name.
 */
import fs from 'node:fs';
import { readFully } from '../disk/content-reader.js';
import { localStatOf, secondsOf } from '../disk/local-stat.js';
import type { LocalStat } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import { applyError } from './apply-error.js';
import { copyOpened } from './copy-opened.js';
import { type DataRun, dataRuns } from './sparse.js';
import type { Stage } from './stage.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = fs.constants;

export interface Metadata {
  /** Microseconds since 1970, may be negative. */
  readonly mtime: number;
  /** Permission bits; what is not in 0o777 is dropped, so no peer can plant setuid. */
  readonly mode: number;
}

export class StagedFile {
  readonly stage: Stage;
  /** Its name below the root, inside the stage. */
  readonly path: RelPath;
  /** Open for reading and writing until it is installed or discarded. */
  readonly fd: number;
  #metadata: Metadata | undefined;
  #open = true;
  #onPlaced: () => void = () => {};
  /** Whether what is not written is another file's content, and no hole. */
  #cloned = false;
  /** Writes under way in other threads. Their descriptor must not be closed: another file could get its number. */
  #writes = 0;

  /** Called by the stage only. */
  constructor(stage: Stage, path: RelPath) {
    this.stage = stage;
    this.path = path;
    // The random directory around it keeps others out; O_EXCL and O_NOFOLLOW hold even if one got in.
    this.fd = fs.openSync(stage.root.at(path), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  }

  /**
   * Makes it, empty so far, share all blocks of an open file until they are written. False where the disk has no
   * reflink; then it is still empty. The file's size stays the other's until {@link truncate}.
   */
  clone(fd: number): boolean {
    this.#guard(() => {
      this.#cloned = copyOpened(fd, this.fd, fs.constants.COPYFILE_FICLONE_FORCE);
    });
    return this.#cloned;
  }

  /** Reads up to `target.length` bytes at `position`; the number read. */
  read(target: Uint8Array, position: number): number {
    return readFully(this.fd, target, position);
  }

  /** Writes all of `bytes` at `position`. */
  write(bytes: Uint8Array, position: number): void {
    this.#metadata = undefined;
    this.#guard(() => {
      let done = 0;
      while (done < bytes.length) done += fs.writeSync(this.fd, bytes, done, bytes.length - done, position + done);
    });
  }

  /**
   * The same, but long runs of zeros are left as holes. The place must not have been written before. Call
   * {@link truncate} with the whole size at the end: a hole at the end has no length of its own.
   */
  writeSparse(bytes: Uint8Array, position: number): void {
    for (const { start, end } of this.#runs(bytes, position)) this.write(bytes.subarray(start, end), position + start);
  }

  /** The same in another thread. Until the promise settles, the bytes stay untouched; await it before anything else. */
  async writeSparseLater(bytes: Uint8Array, position: number): Promise<void> {
    this.#metadata = undefined;
    this.#writes++;
    try {
      for (const { start, end } of this.#runs(bytes, position)) {
        for (let done = start; done < end; ) done += await writeOnce(this.fd, bytes, done, end, position);
      }
    } catch (error) {
      throw applyError(error, 'write the staging file', this.path);
    } finally {
      this.#writes--;
      if (!this.#open && this.#writes === 0) fs.closeSync(this.fd);
    }
  }

  /** Sets the size in bytes; what is added is a hole. */
  truncate(size: number): void {
    this.#metadata = undefined;
    this.#guard(() => fs.ftruncateSync(this.fd, size));
  }

  /** Sets mtime and mode; costs nothing if they are set already and nothing was written since. */
  setMetadata(metadata: Metadata): void {
    if (this.#metadata?.mtime === metadata.mtime && this.#metadata.mode === metadata.mode) return;
    this.#guard(() => {
      fs.fchmodSync(this.fd, metadata.mode & 0o777);
      const seconds = secondsOf(metadata.mtime);
      fs.futimesSync(this.fd, seconds, seconds);
    });
    this.#metadata = metadata;
  }

  stat(): LocalStat {
    return localStatOf(fs.fstatSync(this.fd));
  }

  /** Makes content, size, mtime and mode durable (for many files see sync-all.ts). */
  sync(): void {
    this.#guard(() => fs.fsyncSync(this.fd));
  }

  /** Removes it, as far as the system lets; a sweep takes the rest. Harmless when it was installed before. */
  discard(): void {
    if (!this.#open) return;
    this.placed();
    this.stage.remove(this.path);
  }

  /** Keeps what has come so far for the next transfer of the same content, if it is worth it; else discards it. */
  suspend(): void {
    if (!this.#open) return;
    this.placed();
    this.stage.setAside(this.path);
  }

  /** Called once its staged name is gone: it stands under its final name, or nowhere. */
  placed(): void {
    if (!this.#open) return;
    this.#open = false;
    this.stage.forget(this);
    if (this.#writes === 0) fs.closeSync(this.fd);
    this.#onPlaced();
  }

  /** Resolves once it is placed, or given up. For one who waits. */
  whenPlaced(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#open) this.#onPlaced = resolve;
      else resolve();
    });
  }

  #runs(bytes: Uint8Array, position: number): Iterable<DataRun> {
    return this.#cloned ? [{ start: 0, end: bytes.length }] : dataRuns(bytes, position);
  }

  #guard(change: () => void): void {
    try {
      change();
    } catch (error) {
      throw applyError(error, 'write the staging file', this.path);
    }
  }
}

/** Writes what it can of the bytes from `start` to `end`; how many. */
function writeOnce(fd: number, bytes: Uint8Array, start: number, end: number, position: number): Promise<number> {
  return new Promise((resolve, reject) =>
    fs.write(fd, bytes, start, end - start, position + start, (error, written) =>
      error === null ? resolve(written) : reject(error),
    ),
  );
}
