/**
 * Whether a folder is still in its group, and by which key, for as long as a process runs: `rotate`, `leave` and `join`
 * happen in other processes, and what they say holds from the moment they return (docs/SECURITY.md, "Key and invite").
 */
import fs from 'node:fs';
import path from 'node:path';
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
  #key: GroupKey | undefined;
  /** Which version of the record was looked at last; none yet, since it may have changed while it was opened. */
  #seen: string | undefined;

  constructor(record: FolderRecord, key: GroupKey, env: GroupEnv) {
    this.#record = record;
    this.#env = env;
    this.#file = recordFileOf(record.root, env);
    this.#group = record.group;
    this.#key = key;
  }

  /**
   * The folder's key as it is on the disk now, the same object while it is the same key; undefined from the moment when
   * the folder has left its group, or its key cannot be read.
   */
  key(): GroupKey | undefined {
    const stamp = stampOf(this.#file);
    if (this.#key !== undefined && stamp !== this.#seen) this.#read();
    this.#seen = stamp;
    return this.#key;
  }

  /** Calls `changed` soon after the key has changed, each time, until the function that it returns is called. */
  watch(changed: () => void): () => void {
    let before = this.#key;
    const look = (): void => {
      if (this.key() === before) return;
      before = this.#key;
      changed();
    };
    const timer = setInterval(look, LOOK_EVERY);
    timer.unref();
    const watcher = watchDirectory(path.dirname(this.#file), look);
    return () => {
      clearInterval(timer);
      watcher?.close();
    };
  }

  #read(): void {
    const found = readOrNothing(() => recordOf(this.#record.root, this.#env));
    // Another folder id means that it has left and joined anew: with another state, which is not the one that is open.
    if (found === undefined || found.folder !== this.#record.folder) this.#key = undefined;
    else if (found.group !== this.#group) {
      this.#group = found.group;
      this.#key = readOrNothing(() => loadKey(found.group, this.#env));
    }
  }
}

/** What tells one version of the record from another: each is a new file. The same for all that cannot be reached. */
function stampOf(file: string): string {
  // Only what is missing does not throw: a home directory may be locked, looped or stale as well.
  const stat = readOrNothing(() => fs.statSync(file, { throwIfNoEntry: false }));
  return stat === undefined ? '' : `${stat.ino} ${stat.ctimeMs} ${stat.size}`;
}

/** What is there but cannot be read counts as gone: whoever cannot tell the key lets nobody in. */
function readOrNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
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
