/**
 * Whether a folder is still in its group, and by which key, for as long as a process runs: `rotate`, `leave` and `join`
 * happen in other processes, and what they say holds from the moment they return (docs/SECURITY.md, "Key and invite").
 */
import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../model/sync-error.js';
import type { GroupKey } from '../wire/key-schedule.js';
import { type FolderRecord, recordFileOf, recordOf } from './folder-record.js';
import type { GroupEnv } from './group-env.js';
import { loadKey } from './key-file.js';

/** Milliseconds between looks for systems that tell nothing of changes (a home directory that is mounted over a network). */
const LOOK_EVERY = 2_000;

export class Membership {
  readonly #record: FolderRecord;
  readonly #env: GroupEnv;
  /** Where the record is; looked at for each probe and each handshake, so its name is made once. */
  readonly #file: string;
  #group: string;
  /** The last that was read; undefined once the folder has left. */
  #key: GroupKey | undefined;
  #trouble: SyncError | undefined;
  /** Which version of the record was read last; none yet, since it may have changed while it was opened. */
  #seen: string | undefined;

  constructor(record: FolderRecord, key: GroupKey, env: GroupEnv) {
    this.#record = record;
    this.#env = env;
    this.#file = recordFileOf(record.root, env);
    this.#group = record.group;
    this.#key = key;
  }

  /**
   * The folder's key as it is on the disk now, the same object while it is the same key; undefined for good from the moment
   * when the folder has left its group, and as long as there is {@link trouble}: whoever cannot tell the key lets nobody in.
   */
  key(): GroupKey | undefined {
    this.#look();
    return this.#trouble === undefined ? this.#key : undefined;
  }

  /** Whether the folder had left its group when its key was asked for last. */
  get left(): boolean {
    return this.#key === undefined;
  }

  /** Why the key could not be told when it was asked for last: `io` or `usage`. It may be read again the next time. */
  get trouble(): SyncError | undefined {
    return this.#trouble;
  }

  /**
   * Calls `changed` soon after the key has changed or cannot be told, each time, until the function that it returns is
   * called. The first look is at once, before a run has taken all descriptors that there are.
   */
  watch(changed: () => void): () => void {
    let [before, hadLeft] = [this.#key, this.left];
    const look = (): void => {
      const key = this.key();
      if (key === before && this.left === hadLeft) return;
      [before, hadLeft] = [key, this.left];
      changed();
    };
    const timer = setInterval(look, LOOK_EVERY);
    timer.unref();
    const watcher = watchDirectory(path.dirname(this.#file), look);
    look();
    return () => {
      clearInterval(timer);
      watcher?.close();
    };
  }

  #look(): void {
    if (this.#key === undefined) return;
    try {
      const stamp = stampOf(this.#file);
      if (stamp !== this.#seen) this.#read();
      this.#seen = stamp; // only of what was read: what could not be is tried again
      this.#trouble = undefined;
    } catch (error) {
      const what = `what group the folder ${this.#record.root} is in cannot be read`;
      this.#trouble =
        error instanceof SyncError
          ? error
          : new SyncError('io', `${what}: ${(error as Error).message}`, { cause: error });
    }
  }

  #read(): void {
    const found = unlessGone(() => recordOf(this.#record.root, this.#env));
    // Another folder id means that it has left and joined anew: with another state, which is not the one that is open.
    if (found === undefined || found.folder !== this.#record.folder) this.#key = undefined;
    else if (found.group !== this.#group) {
      this.#key = unlessGone(() => loadKey(found.group, this.#env));
      this.#group = found.group;
    }
  }
}

/** What tells one version of the record from another: each is a new file. The same for all that are not there. */
function stampOf(file: string): string {
  const stat = unlessGone(() => fs.statSync(file));
  return stat === undefined ? '' : `${stat.ino} ${stat.ctimeMs} ${stat.size}`;
}

/**
 * Only what is not there is gone. Whoever is out of descriptors, or meets a lock or a disk in trouble, knows nothing of it.
 * A missing key file is `not-joined`.
 */
function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'not-joined'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

function watchDirectory(directory: string, look: () => void): fs.FSWatcher | undefined {
  try {
    const watcher = fs.watch(directory, { persistent: false }, look);
    return watcher.on('error', () => watcher.close());
  } catch {
    return undefined; // too many watches, or none on this file system: the timer looks
  }
}
