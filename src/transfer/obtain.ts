/**
 * Obtains a target's content by the cheapest way: nothing for an empty file, a copy of a local file with
 * the same digest (tier 1), otherwise from the first source that still has it. A content that several
 * targets share crosses the wire once.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StagedFile } from '../apply/staged-file.js';
import type { ContentReader } from '../disk/content-reader.js';
import type { ByteString } from '../model/byte-string.js';
import { type Digest, digestOf, digestStream } from '../model/digest.js';
import { type Entry, isLive, type LocalEntry, type LocalStat } from '../model/entry.js';
import type { DeltaCounts } from '../model/event.js';
import { parentOf, type RelPath } from '../model/path.js';
import { readBuffer } from '../model/read-buffer.js';
import { asSyncError, SyncError } from '../model/sync-error.js';
import { ContentIndex } from './content-index.js';
import { comesPacked, type Origin } from './content-source.js';
import { corrupt, type Obtained } from './obtained.js';
import { openRecorded } from './open-content.js';
import type { PackedContent } from './packs.js';
import type { Replica } from './replica.js';
import { Reuse, type ReuseTurn } from './reuse.js';
import { StagedAtOnce } from './staged-at-once.js';

/** Bytes read at once, about a millisecond of hashing. */
const READ_BYTES = 1024 * 1024;

/** The content of every empty file. */
const EMPTY: PackedContent = { bytes: new Uint8Array(0), release: () => {} };

const NOTHING: DeltaCounts = { literalBytes: 0, matchedBytes: 0, reusedBytes: 0 };

/** Installs what was obtained; gives the entry as it was recorded, or undefined if that failed, which has been told then. */
type Install = (obtained: Obtained) => Promise<LocalEntry | undefined>;

export class Obtainer {
  readonly #replica: Replica;
  readonly #reuse: Reuse;
  readonly #staged = new StagedAtOnce();
  #index: ContentIndex | undefined;
  /** Contents on their way: whoever wants the same waits and then copies it here. */
  readonly #coming = new Map<Digest, Promise<void>>();

  constructor(replica: Replica) {
    this.#replica = replica;
    this.#reuse = new Reuse(replica, () => this.#contents());
  }

  /**
   * Runs `install` with the staged content. Until it is done, others that want the same content wait.
   * Throws `closed` if no source could give it.
   */
  async with(
    path: RelPath,
    target: Entry,
    mine: LocalEntry | undefined,
    origins: readonly Origin[],
    install: Install,
  ): Promise<void> {
    if (target.size === 0) return void (await install(await this.#empty(target, mine)));
    for (let other = this.#coming.get(target.digest); other !== undefined; other = this.#coming.get(target.digest)) {
      await other;
      const local = await this.#copyLocal(target); // all who waited at once, not one after another
      if (local !== undefined) return void (await install(local));
    }
    const work = this.#install(path, target, mine, origins, install);
    const settled = work.then(
      (installed) => {
        if (installed !== undefined) this.#index?.add(parentOf(path), installed);
      },
      () => {},
    );
    this.#coming.set(target.digest, settled);
    try {
      await work;
    } finally {
      await settled;
      this.#coming.delete(target.digest);
    }
  }

  /** A symlink's target from the first source that has it. */
  async link(target: Entry, origins: readonly Origin[]): Promise<ByteString> {
    return this.#first(origins, ({ source, path }) => source.obtainLink(path, target));
  }

  async #empty(target: Entry, mine: LocalEntry | undefined): Promise<Obtained> {
    if (mine === undefined || !isLive(mine)) return { packed: EMPTY, counts: NOTHING };
    if (digestOf(EMPTY.bytes) !== target.digest) throw corrupt(target.digest);
    return this.#staged.obtain(async () => ({
      staged: this.#replica.stage.fromBytes(EMPTY.bytes),
      counts: NOTHING,
    }));
  }

  #contents(): ContentIndex {
    this.#index ??= ContentIndex.build(this.#replica.state);
    return this.#index;
  }

  async #copyLocal(target: Entry): Promise<Obtained | undefined> {
    const local = this.#contents().find(target.digest);
    if (local === undefined || local.entry.size !== target.size) return undefined;
    return this.#staged.obtain(async () => {
      const staged = await this.#stageCopy(local.path, local.entry);
      return staged === undefined ? undefined : { staged, counts: { ...NOTHING, reusedBytes: target.size } };
    });
  }

  /** A verified copy, or undefined if the local file is no longer what was recorded. */
  async #stageCopy(path: RelPath, entry: LocalEntry): Promise<StagedFile | undefined> {
    const { digest, stat } = entry;
    const content = openRecorded(this.#replica, path, entry);
    if (content === undefined || stat === undefined) return undefined;
    try {
      if ((await digestOfContent(content)) !== digest) return undefined;
      return this.#stageByName(path, stat) ?? (await this.#stageOpened(content, digest));
    } finally {
      content.close();
    }
  }

  /** Undefined if another file has the name by now. */
  #stageByName(path: RelPath, stat: LocalStat): StagedFile | undefined {
    try {
      return this.#replica.stage.copyOf(this.#replica.root, path, stat);
    } catch (error) {
      if (asSyncError(error, 'io').code === 'changed') return undefined;
      throw error;
    }
  }

  /**
   * A file that this very run replaced while it was being verified (a log that is rotated: the new `app.log` is small and
   * comes first) is still open here, and its bytes are what they were.
   */
  async #stageOpened(content: ContentReader, digest: Digest): Promise<StagedFile | undefined> {
    const staged = this.#replica.stage.create();
    try {
      const copied = await digestOfContent(content, (bytes, position) => staged.writeSparse(bytes, position));
      if (copied === digest) {
        staged.truncate(content.size);
        return staged;
      }
    } catch (error) {
      staged.discard();
      throw error;
    }
    staged.discard();
    return undefined;
  }

  async #install(
    path: RelPath,
    target: Entry,
    mine: LocalEntry | undefined,
    origins: readonly Origin[],
    install: Install,
  ): Promise<LocalEntry | undefined> {
    const local = await this.#copyLocal(target);
    if (local !== undefined) return install(local);
    const basis = mine !== undefined && isLive(mine) ? { path, entry: mine } : undefined;
    const ask = (turn?: ReuseTurn): Promise<Obtained> =>
      this.#first(origins, (origin) => origin.source.obtain(origin.path, target, { basis, turn }));
    const isPacked = comesPacked(target, basis === undefined);
    const obtain = (turn?: ReuseTurn) => (isPacked ? ask(turn) : this.#staged.obtain(() => ask(turn)));
    return basis === undefined ? this.#reuse.with(path, target, obtain, install) : obtain().then(install);
  }

  /** Asks one origin after another; one that fails or no longer has it is not the end. */
  async #first<T>(origins: readonly Origin[], ask: (origin: Origin) => Promise<T | undefined>): Promise<T> {
    let failure: unknown;
    for (const origin of origins) {
      try {
        const answer = await ask(origin);
        if (answer !== undefined) return answer;
      } catch (error) {
        failure = error;
      }
    }
    throw failure ?? new SyncError('closed', 'no peer that was asked has this content now; the next run asks again');
  }
}

/** `onBytes` hears of the bytes as they are read. */
async function digestOfContent(
  content: ContentReader,
  onBytes: (bytes: Uint8Array, position: number) => void = () => {},
): Promise<Digest> {
  const buffer = readBuffer(Math.min(content.size, READ_BYTES));
  const digest = digestStream();
  for (let position = 0; position < content.size; ) {
    const read = content.read(buffer, position);
    if (read === 0) break;
    digest.update(buffer.subarray(0, read));
    onBytes(buffer.subarray(0, read), position);
    position += read;
    if (position < content.size) await nextTurn();
  }
  return digest.digest();
}
