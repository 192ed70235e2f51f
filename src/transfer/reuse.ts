/**
 * Decides for each new file whether its parts are looked for in other files (tier 2), and lets such files take turns:
 * what two of them share has been installed by the first when the second is asked for, and crosses the wire once.
 */
import type { Entry } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import { LinkPace } from './link-pace.js';
import type { Obtained } from './obtained.js';
import type { Replica } from './replica.js';
import { type Budget, type Contents, ReuseIndex } from './reuse-index.js';
import { Slots } from './slots.js';

/** Bytes; a smaller file costs less than asking. */
export const REUSE_MIN = 256 * 1024;
/** Bytes that have to come before it is believed how fast they do. */
const EVIDENCE_BYTES = 4 * 1024 * 1024;
/** Bytes a second that a thread cuts into chunks, measured; on a connection that is faster, chunks only take time. */
const CHUNK_RATE = 250 * 1000 * 1000;
/**
 * Bytes of this folder that are sampled for one new file: some, and as many again as it has itself. What is sampled is
 * remembered, so a large folder is known after a few runs, and no run waits long for a small file.
 */
const SAMPLE_BASE = 16 * 1024 * 1024;
const SAMPLE_SHARE = 2;
/** The same for files that are known to have parts of it, and are mapped. */
const MAP_BASE = 64 * 1024 * 1024;
const MAP_SHARE = 8;

/** One file's permission to look for its parts. */
export interface ReuseTurn {
  readonly index: ReuseIndex;
  readonly budget: Budget;
}

export class Reuse {
  readonly #replica: Replica;
  readonly #contents: () => Contents;
  readonly #turns = new Slots(1);
  readonly #pace = new LinkPace({ evidence: EVIDENCE_BYTES });
  #index: ReuseIndex | undefined;
  #beganEmpty = false;

  /** `contents` is asked for once, when it is needed first. */
  constructor(replica: Replica, contents: () => Contents) {
    this.#replica = replica;
    this.#contents = contents;
  }

  /**
   * Runs `obtain` and then `install`. A turn is given to `obtain` if parts of the file may be in other files.
   * `path`: where the file is to be.
   */
  with<T>(
    path: RelPath,
    target: Entry,
    obtain: (turn: ReuseTurn | undefined) => Promise<Obtained>,
    install: (obtained: Obtained) => Promise<T>,
  ): Promise<T> {
    if (this.#replica.reuse === 'never' || target.size < REUSE_MIN || this.#isFast || this.#isFirstCopy()) {
      return obtain(undefined).then(install);
    }
    return this.#turns.run(async () => {
      const began = performance.now();
      const obtained = await obtain(await this.#turnFor(path, target.size));
      this.#measure(obtained, (performance.now() - began) / 1000);
      const installed = await install(obtained);
      this.#index?.add({ digest: target.digest, path, size: target.size });
      return installed;
    });
  }

  /** Into a folder that had nothing to offer when the run began, files come side by side: taking turns would cost time. */
  #isFirstCopy(): boolean {
    if (this.#index === undefined) {
      this.#index = new ReuseIndex(this.#replica, this.#contents());
      this.#beganEmpty = this.#index.isEmpty;
    }
    return this.#beganEmpty && this.#replica.reuse === 'auto';
  }

  get #isFast(): boolean {
    return this.#replica.reuse === 'auto' && (this.#pace.link ?? 0) > CHUNK_RATE;
  }

  async #turnFor(path: RelPath, size: number): Promise<ReuseTurn | undefined> {
    if (this.#isFast) return undefined; // found out while it waited
    if (this.#index === undefined || this.#index.isEmpty) return undefined;
    const isThorough = this.#replica.reuse === 'always';
    const sampling = { bytes: isThorough ? Number.POSITIVE_INFINITY : SAMPLE_BASE + SAMPLE_SHARE * size };
    await this.#index.prepare(path, size, sampling);
    return { index: this.#index, budget: { bytes: MAP_BASE + MAP_SHARE * size } };
  }

  /** Only what came as it is says how fast the connection is. */
  #measure({ counts }: Obtained, seconds: number): void {
    if (counts.reusedBytes === 0) this.#pace.sent(counts.literalBytes, seconds);
  }
}
