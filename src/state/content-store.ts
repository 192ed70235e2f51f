/**
 * What is remembered of contents by their digests, such as delta signatures: a file's signature need not cross the
 * wire when the other end once had that content. A cache: losing one costs a round trip or a pass over the file, so
 * they are not written one by one but with the next transaction. Bounded: over its limit the oldest are dropped.
 */
import type { Digest } from '../model/digest.js';
import { SmallValues } from './small-values.js';
import type { StateEnv } from './state-env.js';
import { type ContentKeys, contentKey, orderKey, orderRange } from './state-keys.js';

/** Bytes of all signatures of one folder: those of 40,000 files of 128 KiB, or of 170 files of 1 GiB. */
export const SIGNATURES_MAX = 64 * 1024 * 1024;
/** Bytes of all lists of chunks: those of 64 GiB of content. */
export const CHUNKS_MAX = 64 * 1024 * 1024;
/** Bytes of all samples: those of 80,000 files of 10 MiB. */
export const SAMPLES_MAX = 32 * 1024 * 1024;
/** Bytes held in memory before they are written without waiting for a transaction. */
const PENDING_MAX = 4 * 1024 * 1024;

interface Totals {
  readonly bytes: number;
  /** Given to the next value; the smaller, the older. */
  readonly next: number;
}

export class ContentStore {
  readonly #env: StateEnv;
  readonly #values: SmallValues;
  readonly #keys: ContentKeys;
  readonly #limit: number;
  readonly #pending = new Map<Digest, Uint8Array>();
  #pendingBytes = 0;

  /** `limit`: bytes of all values. */
  constructor(env: StateEnv, keys: ContentKeys, limit: number) {
    this.#env = env;
    this.#keys = keys;
    this.#values = new SmallValues(env);
    this.#limit = limit;
  }

  get(digest: Digest): Uint8Array | undefined {
    return this.#pending.get(digest) ?? this.#env.get(contentKey(this.#keys, digest))?.subarray(8);
  }

  put(digest: Digest, bytes: Uint8Array): void {
    if (bytes.length > this.#limit) return;
    this.#pendingBytes += bytes.length - (this.#pending.get(digest)?.length ?? 0);
    this.#pending.set(digest, Uint8Array.from(bytes));
    if (this.#pendingBytes > PENDING_MAX) this.flush();
  }

  /** Writes what is pending, in the current transaction if there is one. */
  flush(): void {
    if (this.#pending.size === 0) return;
    this.#env.transact(() => {
      let totals = this.#totals();
      for (const [digest, bytes] of this.#pending) totals = this.#write(digest, bytes, totals);
      totals = this.#dropOldest(totals);
      this.#values.put(this.#keys.totals, totals);
    });
    this.#pending.clear();
    this.#pendingBytes = 0;
  }

  #write(digest: Digest, bytes: Uint8Array, totals: Totals): Totals {
    const key = contentKey(this.#keys, digest);
    const old = this.#env.get(key);
    if (old !== undefined) this.#env.remove(orderKey(this.#keys, Number(old.readBigUInt64BE(0))));
    const value = Buffer.allocUnsafe(8 + bytes.length);
    value.writeBigUInt64BE(BigInt(totals.next), 0);
    value.set(bytes, 8);
    this.#env.put(key, value);
    this.#env.put(orderKey(this.#keys, totals.next), key.subarray(1));
    return { bytes: totals.bytes + value.length - (old?.length ?? 0), next: totals.next + 1 };
  }

  #dropOldest(totals: Totals): Totals {
    let { bytes } = totals;
    while (bytes > this.#limit) {
      const oldest = this.#env.first(orderRange(this.#keys));
      if (oldest === undefined) return { ...totals, bytes: 0 };
      const key = Buffer.concat([Buffer.from(this.#keys.value), oldest.value]);
      bytes -= this.#env.get(key)?.length ?? 0;
      this.#env.remove(key);
      this.#env.remove(oldest.key);
    }
    return { ...totals, bytes };
  }

  #totals(): Totals {
    return this.#values.get<Totals>(this.#keys.totals) ?? { bytes: 0, next: 1 };
  }
}
