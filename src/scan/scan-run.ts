/** One scan under way: what it was given, what it has found, and how it records. */
import type { Stats } from 'node:fs';
import { isLive, type LocalEntry } from '../model/entry.js';
import { joinPath, type Name, type RelPath, ROOT } from '../model/path.js';
import type { ReplicaId } from '../model/version-vector.js';
import { type Observation, type Observer, observe } from '../plan/observe.js';
import { DigestThread } from './digest-thread.js';
import { settleRead } from './examine.js';
import { forgetClaims } from './forget-claims.js';
import { type HashFile, hashFile } from './hash-file.js';
import { Pace } from './pace.js';
import { RecordBatch } from './record-batch.js';
import type { ScanOptions } from './scan-options.js';
import { type GonePath, ProblemLog, type ScanResult } from './scan-result.js';
import { SmallReads } from './small-reads.js';
import { withdrawn } from './withdrawn.js';

/** A name on the disk or in the record. */
export interface Found {
  readonly directory: RelPath;
  readonly name: Name;
  readonly recorded: LocalEntry | undefined;
  readonly stats: Stats;
  /** Device of the directory. */
  readonly dev: number;
}

/** A file whose content must not be read yet (young-file.ts), or moved while it was read. */
export interface Postponed {
  readonly found: Found;
  /** When its stat was read, in milliseconds of `now`. */
  readonly since: number;
  /** How often it was read in vain. */
  readonly attempts: number;
}

export class ScanRun {
  readonly options: ScanOptions;
  readonly hashFile: HashFile;
  /** Undefined: files are read one by one, by the `hashFile` that the scan was given. */
  readonly smallReads: SmallReads<Found> | undefined;
  readonly digestThread = new DigestThread();
  readonly pace: Pace;
  readonly batch: RecordBatch;
  readonly problems = new ProblemLog();
  readonly postponed: Postponed[] = [];
  readonly counts = { files: 0, directories: 0, symlinks: 0, bytes: 0, hashedFiles: 0, hashedBytes: 0 };
  /** Directory under way, for progress. */
  path: RelPath = ROOT;
  readonly #gone: GonePath[] = [];
  readonly #observer: Observer;
  #changed = 0;
  #missing = 0;

  constructor(options: ScanOptions) {
    this.options = options;
    this.hashFile = options.hashFile ?? hashFile;
    if (options.hashFile === undefined) {
      this.smallReads = new SmallReads(options.root, (found, read) => settleRead(this, found, read));
    }
    this.pace = new Pace(options.signal, () => this.#tell());
    this.batch = new RecordBatch(options.state);
    this.#observer = new LazyObserver(options);
  }

  /** Records what stands at the path. */
  record({ directory, name, recorded, dev }: Found, observation: Observation): void {
    const entry = observe(name, recorded, observation, this.#observer) as LocalEntry;
    if (recorded?.kind === 'directory' && entry.kind !== 'directory') this.#addGone(directory, recorded, dev, false);
    if (entry === recorded) return;
    if (entry.vector !== recorded?.vector) this.#changed++;
    this.batch.add(directory, recorded, entry);
  }

  /** The path is not there, beyond doubt; what that means is decided after the scan. */
  miss(directory: RelPath, recorded: LocalEntry, dev: number): void {
    if (isLive(recorded)) this.#addGone(directory, recorded, dev, true);
  }

  /** What is recorded as live below the path is not there, because the path is no directory. */
  missBelow(directory: RelPath, recorded: LocalEntry, dev: number): void {
    this.#addGone(directory, recorded, dev, false);
  }

  /** The path, and all that is recorded below, is not synchronised any more: no claim that it was deleted. */
  withdraw(directory: RelPath, recorded: LocalEntry): void {
    if (!isLive(recorded)) return;
    // From below: if we are killed in between, the next scan still finds a live directory and goes on.
    const path = joinPath(directory, recorded.name);
    for (const entry of this.options.state.directory(path) ?? []) this.withdraw(path, entry);
    if (recorded.tree !== undefined) forgetClaims(this.options.state, this.batch, path);
    this.batch.add(directory, recorded, withdrawn(recorded));
    if (this.batch.isDue) this.batch.flush();
  }

  result(seconds: number): ScanResult {
    const { list, count, complete } = this.problems;
    const { root, filter } = this.options;
    return {
      ...this.counts,
      changed: this.#changed,
      missing: this.#missing,
      problems: list,
      problemCount: count,
      complete,
      seconds,
      gone: { root, filter, paths: this.#gone },
    };
  }

  #addGone(directory: RelPath, recorded: LocalEntry, dev: number, itself: boolean): void {
    const path = joinPath(directory, recorded.name);
    this.#gone.push({ path, recorded: itself ? recorded : undefined, dev });
    this.#missing += (itself ? 1 : 0) + (recorded.tree?.entries ?? 0);
  }

  #tell(): void {
    const { files, bytes, hashedBytes } = this.counts;
    this.options.onProgress?.({ files, bytes, hashedBytes, path: this.path });
  }
}

/** One edit counter for the whole scan, allocated at its first edit: a scan that finds nothing writes nothing. */
class LazyObserver implements Observer {
  readonly deletes = false;
  readonly #options: ScanOptions;
  #edit: { readonly replica: ReplicaId; readonly counter: number } | undefined;

  constructor(options: ScanOptions) {
    this.#options = options;
  }

  get replica(): ReplicaId {
    return this.#allocated().replica;
  }

  readonly tick = (): number => this.#allocated().counter;

  #allocated(): { readonly replica: ReplicaId; readonly counter: number } {
    const { state } = this.#options;
    this.#edit ??= { counter: state.tick(), replica: state.replica };
    return this.#edit;
  }
}
