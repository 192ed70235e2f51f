/**
 * LMDB as this program uses it: one database of bytes by bytes, synchronous transactions that are on the disk
 * when they return, reads that always see the newest transaction of any process.
 */
import { open, type RootDatabase } from 'lmdb';
import { SyncError } from '../model/sync-error.js';
import { checkOpens, inspectState, markDamaged, stateFile } from './state-file.js';

/** Processes and threads that may read at once. */
const READERS_MAX = 126;
/**
 * Bytes of values used after which the map is given back and made anew, which takes a millisecond or two: every page of the
 * file that was touched counts as memory of this process, and the record of a million files has 90 MiB.
 */
const MAP_MAX = 32 * 1024 * 1024;

export interface StateEnv {
  /** Inside a transaction: what it sees; outside: the newest state. The buffer is the caller's own. */
  get(key: Buffer): Buffer | undefined;
  has(key: Buffer): boolean;
  /** Runs `work` with the write lock of all processes; durable when this returns, nothing changed if it throws. */
  transact<T>(work: () => T): T;
  /** Only inside a transaction. */
  put(key: Buffer, value: Uint8Array): void;
  /** Only inside a transaction. */
  remove(key: Buffer): void;
  /** The first key of a range with its value. */
  first(range: { start: Buffer; end: Buffer }): { key: Buffer; value: Buffer } | undefined;
  /** The error for a value that is not as it was written; the next open starts anew. */
  damaged(what: string): SyncError;
  /** Closes the file, and with it the map of it in memory, until the next call. */
  rest(): void;
  close(): Promise<void>;
}

type Database = RootDatabase<Buffer, Buffer>;

/** Opens the environment; its files must exist. */
export function openEnv(directory: string, { durable }: { durable: boolean }): StateEnv {
  return new LmdbEnv(directory, () => openDatabase(directory, durable));
}

function openDatabase(directory: string, durable: boolean): Database {
  checkOpens(directory);
  return open<Buffer, Buffer>({
    path: stateFile(directory),
    noSubdir: true,
    name: null as never, // the root database; the typing wants a string
    encoding: 'binary',
    keyEncoding: 'binary',
    compression: false,
    cache: false,
    maxDbs: 1,
    maxReaders: READERS_MAX,
    // With overlapping syncs a commit would return before it is on the disk.
    overlappingSync: false,
    noSync: !durable,
  });
}

class LmdbEnv implements StateEnv {
  readonly #directory: string;
  readonly #open: () => Database;
  #database: Database;
  #writing = false;
  /** Whether a transaction has failed since it was opened. LMDB may take no further one then, and says EINVAL to all. */
  #hasFailed = false;
  /** Whether the file is open no longer, until the next call. */
  #isClosed = false;
  /** Closed because nothing was asked for a while. */
  #isResting = false;
  /** Bytes of values read and written since the file was mapped. */
  #used = 0;

  constructor(directory: string, open: () => Database) {
    this.#directory = directory;
    this.#open = open;
    this.#database = guarded(directory, open);
  }

  get(key: Buffer): Buffer | undefined {
    return guarded(this.#directory, () => {
      this.#renew();
      const value = this.#database.getBinary(key);
      this.#used += value?.length ?? 0;
      return value;
    });
  }

  has(key: Buffer): boolean {
    return guarded(this.#directory, () => {
      this.#renew();
      return this.#database.doesExist(key);
    });
  }

  transact<T>(work: () => T): T {
    if (this.#writing) return work();
    return guarded(this.#directory, () => {
      this.#recover();
      this.#writing = true;
      this.#hasFailed = true;
      try {
        const result = this.#database.transactionSync(work);
        this.#hasFailed = false;
        return result;
      } finally {
        this.#writing = false;
      }
    });
  }

  put(key: Buffer, value: Uint8Array): void {
    this.#used += value.length;
    this.#database.putSync(key, value as Buffer);
  }

  remove(key: Buffer): void {
    this.#database.removeSync(key);
  }

  first(range: { start: Buffer; end: Buffer }): { key: Buffer; value: Buffer } | undefined {
    return guarded(this.#directory, () => {
      this.#recover();
      for (const { key, value } of this.#database.getRange({ ...range, limit: 1 })) return { key, value };
      return undefined;
    });
  }

  damaged(what: string): SyncError {
    return damaged(this.#directory, what);
  }

  rest(): void {
    if (this.#isClosed || this.#writing) return;
    this.#close();
    this.#isResting = true;
  }

  async close(): Promise<void> {
    if (!this.#isClosed) await this.#database.close();
  }

  /** lmdb-js keeps one read snapshot for a whole turn of the event loop; another process may have written since. */
  #renew(): void {
    this.#recover();
    if (!this.#writing) this.#database.resetReadTxn();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#used = 0;
    void this.#database.close(); // nothing is under way that would delay it
  }

  /**
   * Opens the file anew after a rest, when much of it is mapped, and after a failure, so that a listener goes on once the
   * disk does.
   */
  #recover(): void {
    if (this.#writing) return;
    if (this.#hasFailed || this.#used > MAP_MAX) this.#close();
    if (!this.#isClosed) return;
    // Nobody held it open meanwhile: it may have been damaged, or moved.
    if (this.#isResting && inspectState(this.#directory) !== 'found') throw damaged(this.#directory, 'changed at rest');
    this.#database = this.#open();
    this.#isClosed = false;
    this.#isResting = false;
    this.#hasFailed = false;
  }
}

/** LMDB's own errors become `io`, and the state is thrown away at the next open if it is damaged. */
function guarded<T>(directory: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // What the system refused comes with its number, not its name: 28, "No space left on device".
    const isRefused = typeof (error as { code?: unknown } | undefined)?.code === 'number';
    if (!message.startsWith('MDB_') && !isRefused) throw error;
    // PANIC and BAD_TXN say that a write failed (a full disk, EIO), not that the file is unsound: the next open looks.
    if (/^MDB_(CORRUPTED|PAGE_NOTFOUND|INVALID|VERSION_MISMATCH)/.test(message)) {
      throw damaged(directory, message, error);
    }
    throw new SyncError('io', `the state in ${directory} could not be used: ${message}`, { cause: error });
  }
}

function damaged(directory: string, what: string, cause?: unknown): SyncError {
  markDamaged(directory, what);
  const advice = 'the next run starts with a new one: history is lost, content is not';
  return new SyncError('io', `the state in ${directory} is damaged (${what}); ${advice}`, { cause });
}
