/**
 * The chunks of a content that is to be sent, a segment at a time, as they are remembered or as a thread makes them;
 * the next segment is made while the last one is on its way.
 */
import { decodeChunks, encodeChunks, joinChunks } from '../delta/chunk-codec.js';
import { bytesOfChunks, type Chunks } from '../delta/chunks.js';
import type { Chunker } from '../disk/chunker.js';
import type { Digest } from '../model/digest.js';
import { SyncError } from '../model/sync-error.js';
import type { FolderState } from '../state/folder-state.js';

/** Bytes cut at once: what is searched, asked about and sent in one exchange. */
export const SEGMENT_BYTES = 8 * 1024 * 1024;

/** A content of which this replica may remember the chunks. */
export interface ChunkedContent {
  readonly digest: Digest;
  readonly size: number;
  readonly fd: number;
}

export class ChunkFeed {
  readonly #content: ChunkedContent;
  readonly #chunker: Chunker;
  readonly #state: FolderState;
  readonly #remembered: Chunks | undefined;
  /** First remembered chunk that was not given out. */
  #next = 0;
  #position = 0;
  #ahead: Promise<Chunks> | undefined;
  #made: Chunks[] | undefined = [];

  constructor(content: ChunkedContent, chunker: Chunker, state: FolderState) {
    this.#content = content;
    this.#chunker = chunker;
    this.#state = state;
    this.#remembered = recall(content, state);
  }

  /** Whether no file has to be read for the chunks. */
  get isRemembered(): boolean {
    return this.#remembered !== undefined;
  }

  /** The chunks from where the last ones ended; none at the end. */
  async take(): Promise<Chunks> {
    const chunks = this.#remembered === undefined ? await this.#make() : this.#slice(this.#remembered);
    this.#position += bytesOfChunks(chunks);
    if (this.#remembered !== undefined) return chunks;
    this.#made?.push(chunks);
    if (this.#position === this.#content.size) this.#remember();
    else this.#ahead = this.#cut();
    return chunks;
  }

  /** Waits until nothing reads the file any more. */
  async close(): Promise<void> {
    await this.#ahead?.catch(() => {});
  }

  async #make(): Promise<Chunks> {
    if (this.#position === this.#content.size) return { lengths: new Uint32Array(0), strong: new Uint32Array(0) };
    const cut = this.#ahead ?? this.#cut();
    this.#ahead = undefined;
    const chunks = await cut;
    if (chunks.lengths.length === 0) throw new SyncError('io', `no chunk at ${this.#position}`);
    return chunks;
  }

  #cut(): Promise<Chunks> {
    const { fd, size } = this.#content;
    const end = Math.min(size, this.#position + SEGMENT_BYTES);
    const cut = this.#chunker.cut(fd, { start: this.#position, end, last: end === size });
    cut.catch(() => {}); // awaited by take() or close()
    return cut;
  }

  #slice({ lengths, strong }: Chunks): Chunks {
    const first = this.#next;
    for (let bytes = 0; bytes < SEGMENT_BYTES && this.#next < lengths.length; this.#next++) {
      bytes += lengths[this.#next] as number;
    }
    return { lengths: lengths.subarray(first, this.#next), strong: strong.subarray(2 * first, 2 * this.#next) };
  }

  #remember(): void {
    if (this.#made !== undefined) this.#state.putChunks(this.#content.digest, encodeChunks(joinChunks(this.#made)));
    this.#made = undefined;
  }
}

/** Remembered chunks, unless they are not those of a content of this size: then they are as good as forgotten. */
export function recall({ digest, size }: { digest: Digest; size: number }, state: FolderState): Chunks | undefined {
  const encoded = state.chunks(digest);
  try {
    const chunks = encoded && decodeChunks(encoded);
    return chunks !== undefined && bytesOfChunks(chunks) === size ? chunks : undefined;
  } catch {
    return undefined;
  }
}
