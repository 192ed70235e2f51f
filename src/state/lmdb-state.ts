/**
 * A folder's state in LMDB: one record per directory, keyed by its path, and a few small values. Several
 * processes may use one state at once; every transaction reads again what it changes. (docs/DESIGN.md, "State")
 */
import type { Digest } from '../model/digest.js';
import type { TreeSummary } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import type { ReplicaId } from '../model/version-vector.js';
import { CHUNKS_MAX, ContentStore, SAMPLES_MAX, SIGNATURES_MAX } from './content-store.js';
import { DirectoryCache } from './directory-cache.js';
import { EditCounters, newReplicaId } from './edit-counters.js';
import type { DirectoryEdit, FolderState, LocalDirectory, RememberedPeer } from './folder-state.js';
import { readNote, writeNote } from './notes.js';
import { settleSummaries } from './settle-summaries.js';
import { SmallValues } from './small-values.js';
import { openEnv, type StateEnv } from './state-env.js';
import { createStateFiles, inspectState, moveAside } from './state-file.js';
import { CHUNK_KEYS, directoryKey, EVERYTHING, META_KEYS, metaKey, SAMPLE_KEYS, SIGNATURE_KEYS } from './state-keys.js';
import { StateTransaction } from './state-transaction.js';
import { isOpen, OPEN_SUMMARY } from './summaries.js';

/** Layout of the whole state; a state of another format counts as lost. */
const FORMAT = 'p2psync state 1';

export interface OpenStateOptions {
  /** False: a folder without a state is an error (`not-joined`). Default true. */
  readonly create?: boolean;
  /** Random bytes, for replica ids. */
  readonly random: (bytes: number) => Uint8Array;
  /** False with `--no-fsync`: transactions return before they are on the disk. */
  readonly durable?: boolean;
  /** Bytes of signatures to keep; for tests. */
  readonly signaturesMax?: number;
}

export type StateOrigin = 'found' | 'created' | 'replaced';

export interface OpenedState extends FolderState {
  /** `replaced`: the old one was damaged or foreign and stands aside; this replica has a new id. */
  readonly origin: StateOrigin;
}

/** Opens the state in `directory`, a directory of its own. One that cannot be used is replaced, never an error. */
export function openState(directory: string, options: OpenStateOptions): OpenedState {
  const found = inspectState(directory);
  const usable = found === 'found' ? tryOpen(directory, 'found', options) : undefined;
  if (usable !== undefined) return usable;
  if (found === 'none' && options.create === false) {
    throw new SyncError('not-joined', `expected a state in ${directory}, found none; join the folder first`);
  }
  if (found !== 'none') moveAside(directory);
  createStateFiles(directory);
  const created = tryOpen(directory, found === 'none' ? 'created' : 'replaced', options);
  if (created === undefined) throw new SyncError('io', `the new state in ${directory} cannot be used`);
  return created;
}

/** Undefined when what is there cannot be used. */
function tryOpen(directory: string, origin: StateOrigin, options: OpenStateOptions): OpenedState | undefined {
  let env: StateEnv | undefined;
  try {
    env = openEnv(directory, { durable: options.durable ?? true });
    if (initialise(env, options)) {
      const values = new SmallValues(env);
      for (const name of META_KEYS) values.get(name); // a damaged one shows now, while it can be replaced
      return new LmdbState(directory, env, origin, options);
    }
  } catch (error) {
    if (!(error instanceof SyncError) || inspectState(directory) !== 'damaged') throw error;
  }
  void env?.close();
  return undefined;
}

/** Makes the first values of a new state; false if there is something else. */
function initialise(env: StateEnv, options: OpenStateOptions): boolean {
  const values = new SmallValues(env);
  const isOurs = (): boolean => values.get('format') === FORMAT && env.has(metaKey('replica'));
  if (isOurs()) return true;
  return env.transact(() => {
    if (isOurs()) return true; // another process was quicker
    if (env.first(EVERYTHING) !== undefined) return false;
    values.put('format', FORMAT);
    values.put('replica', newReplicaId(options.random));
    return true;
  });
}

class LmdbState implements OpenedState {
  readonly origin: StateOrigin;
  readonly #directory: string;
  readonly #env: StateEnv;
  readonly #values: SmallValues;
  readonly #counters: EditCounters;
  readonly #signatures: ContentStore;
  readonly #chunks: ContentStore;
  readonly #samples: ContentStore;
  readonly #cache = new DirectoryCache();

  constructor(directory: string, env: StateEnv, origin: StateOrigin, options: OpenStateOptions) {
    this.origin = origin;
    this.#directory = directory;
    this.#env = env;
    this.#values = new SmallValues(env);
    this.#counters = new EditCounters(this.#values, options.random);
    this.#signatures = new ContentStore(env, SIGNATURE_KEYS, options.signaturesMax ?? SIGNATURES_MAX);
    this.#chunks = new ContentStore(env, CHUNK_KEYS, CHUNKS_MAX);
    this.#samples = new ContentStore(env, SAMPLE_KEYS, SAMPLES_MAX);
  }

  get replica(): ReplicaId {
    return this.#counters.replica;
  }

  directory(path: RelPath): LocalDirectory | undefined {
    const record = this.#env.get(directoryKey(path));
    return record === undefined ? undefined : this.#cache.decode(path, record);
  }

  update(edits: Iterable<DirectoryEdit>): void {
    this.#env.transact(() => {
      const transaction = new StateTransaction(this.#env, (path, record) => this.#cache.decode(path, record));
      const counters = this.#counters.noting();
      for (const edit of edits) transaction.apply(edit, counters.note);
      if (transaction.finish(() => this.#nextStamp()) && transaction.rootMarked) this.#values.put('root', OPEN_SUMMARY);
      counters.keep();
      this.#flush();
    });
  }

  settle(): TreeSummary {
    const known = this.#root();
    if (!isOpen(known)) return known;
    for (;;) {
      const summary = this.#settleSome();
      if (summary !== undefined) return summary;
    }
  }

  /** One transaction's share; undefined when another is needed. */
  #settleSome(): TreeSummary | undefined {
    return this.#env.transact(() => {
      const stored = this.#root();
      if (!isOpen(stored)) return stored; // another process was quicker
      const stamp = this.#nextStamp();
      const summary = settleSummaries(this.#env, stamp, (path, record) => this.#cache.decode(path, record));
      if (summary !== undefined) this.#values.put('root', summary);
      return summary;
    });
  }

  tick(): number {
    return this.#env.transact(() => this.#counters.tick());
  }

  seen(): ReadonlyMap<ReplicaId, number> {
    return this.#counters.seen();
  }

  renew(): ReplicaId {
    return this.#env.transact(() => this.#counters.renew());
  }

  signature(digest: Digest): Uint8Array | undefined {
    return this.#signatures.get(digest);
  }

  putSignature(digest: Digest, signature: Uint8Array): void {
    this.#signatures.put(digest, signature);
  }

  chunks(digest: Digest): Uint8Array | undefined {
    return this.#chunks.get(digest);
  }

  putChunks(digest: Digest, chunks: Uint8Array): void {
    this.#chunks.put(digest, chunks);
  }

  samples(digest: Digest): Uint8Array | undefined {
    return this.#samples.get(digest);
  }

  putSamples(digest: Digest, samples: Uint8Array): void {
    this.#samples.put(digest, samples);
  }

  peers(): readonly RememberedPeer[] {
    return this.#values.get<RememberedPeer[]>('peers') ?? [];
  }

  rememberPeers(peers: readonly RememberedPeer[]): void {
    this.#env.transact(() => this.#values.put('peers', peers));
  }

  note(key: string): unknown {
    return readNote(this.#directory, key);
  }

  putNote(key: string, value: unknown): void {
    writeNote(this.#directory, key, value);
  }

  rest(): void {
    try {
      this.#flush();
      this.#cache.rest();
      this.#env.rest();
    } catch {
      // A disk in trouble is told of by the work that needs it; meanwhile the state stays open.
    }
  }

  async close(): Promise<void> {
    this.#flush();
    this.#cache.clear();
    await this.#env.close();
  }

  /** Writes what stores hold back. */
  #flush(): void {
    for (const store of [this.#signatures, this.#chunks, this.#samples]) store.flush();
  }

  #root(): TreeSummary {
    return this.#values.get<TreeSummary>('root') ?? OPEN_SUMMARY;
  }

  #nextStamp(): number {
    const stamp = (this.#values.get<number>('stamp') ?? 0) + 1;
    this.#values.put('stamp', stamp);
    return stamp;
  }
}
