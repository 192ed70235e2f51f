/**
 * One session as a source of content. Whatever the way (whole or delta), what it hands on is staged and
 * its digest has been checked.
 */
import { hasPartial, PARTIAL_MIN } from '../apply/partial.js';
import type { StagedFile } from '../apply/staged-file.js';
import { DELTA_SIZE_MAX } from '../delta/block-size.js';
import { ContentHash, SIGNATURE_MIN } from '../delta/content-hash.js';
import { type ByteString, byteStringOf } from '../model/byte-string.js';
import { type Digest, digestOf, digestOfLink } from '../model/digest.js';
import type { Entry } from '../model/entry.js';
import type { DeltaCounts } from '../model/event.js';
import type { RelPath } from '../model/path.js';
import type { Session } from '../session/channel.js';
import type { LocalContent } from './content-index.js';
import { ContentFetcher, type Sink } from './fetch-content.js';
import { FetchLanes } from './fetch-lanes.js';
import { obtainByDelta } from './obtain-by-delta.js';
import { obtainByReuse } from './obtain-by-reuse.js';
import { corrupt, type Obtained, type OnBytes } from './obtained.js';
import { Packs } from './packs.js';
import { PartBuffer } from './parts.js';
import type { Replica } from './replica.js';
import type { ReuseTurn } from './reuse.js';
import { DELTAS_AT_ONCE } from './serve-delta.js';
import { REUSE_FEATURE } from './serve-reuse.js';
import { setAside } from './set-aside.js';
import { Slots } from './slots.js';

/** Where a content can be had: a peer, and the path under which it has it. */
export interface Origin {
  readonly source: ContentSource;
  readonly path: RelPath;
}

/** What this replica has that a content could be made of. */
export interface Nearby {
  /** What is here under the path that it is for. */
  readonly basis?: LocalContent | undefined;
  /** Set if parts of it may be in other files. */
  readonly turn?: ReuseTurn | undefined;
}

/** Bytes; smaller files share one channel and are held whole, larger ones come on channels of their own. */
const SMALL_MAX = 256 * 1024;
/** Bytes; with less on either side a delta costs more than it saves. */
const DELTA_MIN = 16 * 1024;

export class ContentSource {
  readonly session: Session;
  readonly #replica: Replica;
  readonly #onBytes: OnBytes;
  readonly #packs = new Packs();
  readonly #small: ContentFetcher;
  readonly #lanes: FetchLanes;
  readonly #deltas = new Slots(DELTAS_AT_ONCE);

  /** `onBytes` hears of the bytes of large contents as they arrive. */
  constructor(replica: Replica, session: Session, onBytes: OnBytes = () => {}) {
    this.#replica = replica;
    this.#onBytes = onBytes;
    this.session = session;
    this.#small = new ContentFetcher(session, () => this.#packs.room());
    this.#lanes = new FetchLanes(session);
  }

  /** The content of a file, or undefined if this source no longer has it under `path`. */
  obtain(path: RelPath, target: Entry, { basis, turn }: Nearby = {}): Promise<Obtained | undefined> {
    const usable = basis !== undefined && isWorthADelta(basis.entry) ? basis : undefined;
    if (isWorthADelta(target) && (usable !== undefined || this.#isBegun(target))) {
      return this.#deltas.run(() => this.#obtainDelta(path, target, usable));
    }
    if (turn !== undefined && this.session.peer.features.includes(REUSE_FEATURE)) {
      return this.#deltas.run(() => this.#obtainParts(path, target, turn));
    }
    return this.#obtainWhole(path, target, basis === undefined);
  }

  /** The target of a symlink, or undefined if this source no longer has it. */
  async obtainLink(path: RelPath, target: Entry): Promise<ByteString | undefined> {
    const collected = await this.#collect(path, target, (bytes) => byteStringOf(bytes));
    if (collected !== undefined && digestOfLink(collected) !== target.digest) throw corrupt(target.digest);
    return collected;
  }

  async close(): Promise<void> {
    await Promise.all([this.#small.close(), this.#lanes.close()]);
  }

  /** Whether a transfer of it was cut that had come far. */
  #isBegun({ digest, size }: Entry): boolean {
    // Through the stage, which keeps what a killed process left when it is opened.
    return size >= PARTIAL_MIN && hasPartial(this.#replica.stage.root, digest);
  }

  #obtainSmall(path: RelPath, target: Entry, isNew: boolean): Promise<Obtained | undefined> {
    return this.#collect(path, target, (bytes) => {
      if (comesPacked(target, isNew)) return { packed: this.#packs.add(bytes), counts: whole(target) };
      if (target.size < SIGNATURE_MIN) {
        checkDigest(target, digestOf(bytes));
      } else {
        const hash = new ContentHash(target.size);
        hash.update(bytes);
        this.#accept(target, hash);
      }
      return { staged: this.#replica.stage.fromBytes(bytes), counts: whole(target) };
    });
  }

  /** Checks the digest of what came and keeps its signature. */
  #accept(target: Entry, hash: ContentHash): void {
    const { digest, signature } = hash.finish();
    checkDigest(target, digest);
    if (signature !== undefined) this.#replica.state.putSignature(digest, signature);
  }

  /** Collects a small content and makes something of it before its frame is dropped. */
  async #collect<T>(path: RelPath, target: Entry, make: (bytes: Uint8Array) => T): Promise<T | undefined> {
    let made: T | undefined;
    const parts = new PartBuffer(target.size);
    let isWhole = true;
    const sink: Sink = (bytes, last) => {
      if (last && isWhole) made = make(bytes);
      else if (!parts.add(bytes, last)) throw corrupt(target.digest);
      else if (last) made = make(parts.take());
      isWhole = false;
    };
    const outcome = await this.#small.fetch({ path, digest: target.digest, size: target.size }, sink);
    return outcome === 'ok' ? made : undefined;
  }

  /** Whole after all where the delta cannot be had: its basis moved, or it does not work out. */
  async #obtainDelta(path: RelPath, target: Entry, basis: LocalContent | undefined): Promise<Obtained | undefined> {
    const request = { path, target, basis, onBytes: this.#onBytes };
    return (await obtainByDelta(this.#replica, this.session, request)) ?? this.#obtainWhole(path, target, false);
  }

  /** Whole after all where its parts cannot be had. */
  async #obtainParts(path: RelPath, target: Entry, turn: ReuseTurn): Promise<Obtained | undefined> {
    const request = { path, target, ...turn, onBytes: this.#onBytes };
    return (await obtainByReuse(this.#replica, this.session, request)) ?? this.#obtainWhole(path, target, true);
  }

  #obtainWhole(path: RelPath, target: Entry, isNew: boolean): Promise<Obtained | undefined> {
    return target.size <= SMALL_MAX
      ? this.#obtainSmall(path, target, isNew)
      : this.#lanes.run((fetcher) => this.#obtainLarge(fetcher, path, target));
  }

  async #obtainLarge(fetcher: ContentFetcher, path: RelPath, target: Entry): Promise<Obtained | undefined> {
    const staged = this.#replica.stage.create(target.digest);
    try {
      const want = { path, digest: target.digest, size: target.size };
      const outcome = await fetcher.fetch(want, this.#writer(path, target, staged));
      if (outcome === 'ok') return { staged, counts: whole(target) };
      staged.discard();
      return undefined;
    } catch (error) {
      setAside(staged, error);
      throw error;
    }
  }

  #writer(path: RelPath, target: Entry, staged: StagedFile): Sink {
    const hash = new ContentHash(target.size);
    let position = 0;
    return (bytes, last) => {
      hash.update(bytes);
      staged.writeSparse(bytes, position);
      position += bytes.length;
      this.#onBytes(path, bytes.length);
      if (!last) return;
      staged.truncate(position);
      this.#accept(target, hash);
    };
  }
}

/** Whether the content waits in memory, without a descriptor, until it is installed: there may be many thousands such. */
export function comesPacked({ size }: Entry, isNew: boolean): boolean {
  return isNew && size < SIGNATURE_MIN;
}

function checkDigest(target: Entry, digest: Digest): void {
  if (digest !== target.digest) throw corrupt(target.digest);
}

function whole(target: Entry): DeltaCounts {
  return { literalBytes: target.size, matchedBytes: 0, reusedBytes: 0 };
}

function isWorthADelta({ kind, size }: Entry): boolean {
  return kind === 'file' && size >= DELTA_MIN && size <= DELTA_SIZE_MAX;
}
