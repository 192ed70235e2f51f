/**
 * Finds chunks of a new file in the files of this folder (tier 2). In two steps, so that a large folder costs little:
 * of every file a few chunks are *sampled*, once, and remembered; a file of which a sample turns up in the new one is
 * *mapped*, all its chunks, and those are looked for. What is found is read and verified before anybody builds on it.
 */

import { chunkChecksum } from '../delta/chunk-checksum.js';
import { encodeChunks } from '../delta/chunk-codec.js';
import type { Chunks } from '../delta/chunks.js';
import type { ContentReader } from '../disk/content-reader.js';
import type { Digest } from '../model/digest.js';
import type { RelPath } from '../model/path.js';
import { CANDIDATE_MIN, type Candidate, candidatesIn, unlikeness } from './candidates.js';
import { recall } from './chunk-feed.js';
import { ChunkTable, NO_CHUNK } from './chunk-table.js';
import type { LocalContent } from './content-index.js';
import { openRecorded } from './open-content.js';
import type { Pool } from './pool.js';
import type { Replica } from './replica.js';
import { sampleSpans } from './sample-spans.js';
import { SampleTable } from './sample-table.js';
import type { Turns } from './turns.js';

/** Files that may be mapped for one list of chunks: each takes a pass over it. */
const MAPS_AT_ONCE = 16;

/** Where the folder's contents are now. */
export interface Contents {
  find(digest: Digest): LocalContent | undefined;
}

/** Bytes of this folder that may yet be read on behalf of one new file. */
export interface Budget {
  bytes: number;
}

export class ReuseIndex {
  readonly #replica: Replica;
  readonly #contents: Contents;
  readonly #candidates: Candidate[];
  readonly #numbers = new Map<Digest, number>();
  /** Candidates whose samples are not in the table yet. */
  #unsampled: Set<number>;
  readonly #samples = new SampleTable();
  readonly #table = new ChunkTable();
  /** Candidates that could not be read, or were not what they had been. */
  readonly #lost = new Set<number>();

  constructor(replica: Replica, contents: Contents) {
    this.#replica = replica;
    this.#contents = contents;
    this.#candidates = candidatesIn(replica.state);
    for (const [number, { digest }] of this.#candidates.entries()) this.#numbers.set(digest, number);
    this.#unsampled = new Set(this.#candidates.keys());
  }

  /** Whether there is nothing that could have parts of another file. */
  get isEmpty(): boolean {
    return this.#candidates.length === 0;
  }

  /** The content as it is now, wherever it is. */
  open(digest: Digest): ContentReader | undefined {
    const local = this.#contents.find(digest);
    return local === undefined ? undefined : openRecorded(this.#replica, local.path, local.entry);
  }

  /** A content that was installed: the next files may share parts with it. `chunks` if they are known. */
  add(candidate: Candidate, chunks?: Chunks): void {
    if (candidate.size < CANDIDATE_MIN || this.#numbers.has(candidate.digest)) return;
    const number = this.#candidates.push(candidate) - 1;
    this.#numbers.set(candidate.digest, number);
    if (chunks === undefined) this.#unsampled.add(number);
    else this.#table.add(number, chunks);
  }

  /** Samples what was never sampled, likely files first, as far as the budget goes. */
  async prepare(path: RelPath, size: number, budget: Budget): Promise<void> {
    const unknown: number[] = [];
    for (const number of this.#unsampled) {
      const remembered = this.#replica.state.samples(this.#digestOf(number));
      if (remembered === undefined) unknown.push(number);
      else this.#addSamples(number, remembered);
    }
    const rank = new Map(unknown.map((number) => [number, this.#rank(number, path, size)]));
    unknown.sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
    for (const number of unknown) {
      if (budget.bytes <= 0) return;
      await this.#sample(number, budget);
    }
  }

  /**
   * For each chunk its offset in the pool, or -1: chunks that were read from there a moment ago. Files that it turns
   * out to be like are mapped on the way.
   */
  async locate(chunks: Chunks, pool: Pool, budget: Budget, turns: Turns): Promise<Float64Array> {
    let found = this.#lookup(chunks);
    for (let maps = 0; maps < MAPS_AT_ONCE; maps++) {
      const like = this.#likest(chunks, found, budget);
      if (like === undefined) break;
      await this.#map(like, budget);
      found = this.#lookup(chunks);
    }
    return this.#verified(chunks, found, pool, turns);
  }

  #rank(number: number, path: RelPath, size: number): number {
    return unlikeness(this.#candidates[number] as Candidate, path, size);
  }

  #digestOf(number: number): Digest {
    return (this.#candidates[number] as Candidate).digest;
  }

  #addSamples(number: number, encoded: Uint8Array): void {
    this.#unsampled.delete(number);
    const bytes = Buffer.from(encoded);
    const strong = new Uint32Array(bytes.length >> 2);
    for (let i = 0; i < strong.length; i++) strong[i] = bytes.readUInt32LE(4 * i);
    this.#samples.add(number, strong);
  }

  async #sample(number: number, budget: Budget): Promise<void> {
    const digest = this.#digestOf(number);
    const content = this.open(digest);
    this.#unsampled.delete(number);
    if (content?.fd === undefined) return;
    try {
      const sums: number[] = [];
      for (const span of sampleSpans(content.size)) {
        budget.bytes -= span.end - span.start;
        const { lengths, strong } = await this.#replica.chunker.cut(content.fd, span);
        // The first boundary of a span that starts anywhere is not certain, nor the last one, where it was cut off.
        const behind = span.end === content.size ? lengths.length : lengths.length - 1;
        for (let i = span.start === 0 ? 0 : 1; i < behind; i++) {
          sums.push(strong[2 * i] as number, strong[2 * i + 1] as number);
        }
      }
      const samples = Buffer.from(Uint32Array.from(sums).buffer);
      this.#replica.state.putSamples(digest, samples);
      this.#addSamples(number, samples);
    } catch {
      this.#lost.add(number); // changed or unreadable: the scan says so
    } finally {
      content.close();
    }
  }

  /** The number of each chunk in the table. */
  #lookup({ lengths, strong }: Chunks): Int32Array {
    const found = new Int32Array(lengths.length);
    let previous = NO_CHUNK;
    for (let i = 0; i < lengths.length; i++) {
      const at = this.#table.find(strong[2 * i] as number, strong[2 * i + 1] as number, lengths[i] as number, previous);
      previous = at !== NO_CHUNK && this.#lost.has(this.#table.contentOf(at)) ? NO_CHUNK : at;
      found[i] = previous;
    }
    return found;
  }

  /** The file that was not mapped and of which most samples are among the chunks that were not found. */
  #likest({ strong }: Chunks, found: Int32Array, budget: Budget): number | undefined {
    const hits = new Map<number, number>();
    for (let i = 0; i < found.length; i++) {
      if (found[i] !== NO_CHUNK) continue;
      const content = this.#samples.find(strong[2 * i] as number, strong[2 * i + 1] as number);
      if (content !== undefined) hits.set(content, (hits.get(content) ?? 0) + 1);
    }
    let likest: number | undefined;
    for (const [content, count] of hits) {
      const { size } = this.#candidates[content] as Candidate;
      if (size > budget.bytes || this.#lost.has(content) || this.#table.has(content)) continue;
      if (likest === undefined || count > (hits.get(likest) ?? 0)) likest = content;
    }
    return likest;
  }

  async #map(number: number, budget: Budget): Promise<void> {
    const { digest, size } = this.#candidates[number] as Candidate;
    const known = recall({ digest, size }, this.#replica.state);
    if (known !== undefined) {
      if (!this.#table.add(number, known)) this.#lost.add(number);
      return;
    }
    const content = this.open(digest);
    budget.bytes -= size;
    try {
      if (content?.fd === undefined) throw new Error('gone');
      const chunks = await this.#replica.chunker.cut(content.fd, { start: 0, end: size, last: true });
      this.#replica.state.putChunks(digest, encodeChunks(chunks));
      if (!this.#table.add(number, chunks)) this.#lost.add(number);
    } catch {
      this.#lost.add(number);
    } finally {
      content?.close();
    }
  }

  /** Reads what was found; a content that is not what it was is not looked into again. */
  async #verified({ lengths, strong }: Chunks, found: Int32Array, pool: Pool, turns: Turns): Promise<Float64Array> {
    const places = new Float64Array(found.length).fill(NO_CHUNK);
    const sum = new Uint32Array(2);
    const buffer = Buffer.allocUnsafe(lengths.reduce((most, length) => Math.max(most, length), 0));
    for (let i = 0; i < found.length; i++) {
      const chunk = found[i] as number;
      if (chunk === NO_CHUNK) continue;
      const content = this.#table.contentOf(chunk);
      const start = this.#lost.has(content) ? undefined : pool.startOf(this.#digestOf(content));
      const bytes = buffer.subarray(0, lengths[i]);
      const place = (start ?? 0) + this.#table.offsetOf(chunk);
      if (start === undefined || pool.read(bytes, place) < bytes.length) {
        this.#lost.add(content);
        continue;
      }
      chunkChecksum(bytes, sum, 0);
      if (sum[0] === strong[2 * i] && sum[1] === strong[2 * i + 1]) places[i] = place;
      else this.#lost.add(content);
      if (turns.over) await turns.pause();
    }
    return places;
  }
}
