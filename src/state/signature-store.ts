/**
 * Delta signatures by content digest, kept so that a file's signature need not cross the wire when the other
 * end once had that content. A cache: losing one costs a round trip, so they are not written one by one but
 * with the next transaction. Bounded: over {@link SIGNATURES_MAX} bytes the oldest written are dropped.
 */
import type { Digest } from '../model/digest.js';
import { SmallValues } from './small-values.js';
import type { StateEnv } from './state-env.js';
import { metaKey, signatureKey, WRITTEN_RANGE, writtenKey } from './state-keys.js';

/** Bytes of all signatures of one folder: those of 40,000 files of 128 KiB, or of 170 files of 1 GiB. */
export const SIGNATURES_MAX = 64 * 1024 * 1024;
/** Bytes held in memory before they are written without waiting for a transaction. */
const PENDING_MAX = 4 * 1024 * 1024;

interface Totals {
  readonly bytes: number;
  /** Given to the next signature; the smaller, the older. */
  readonly next: number;
}

export class SignatureStore {
  readonly #env: StateEnv;
  readonly #values: SmallValues;
  readonly #limit: number;
  readonly #pending = new Map<Digest, Uint8Array>();
  #pendingBytes = 0;

  constructor(env: StateEnv, limit = SIGNATURES_MAX) {
    this.#env = env;
    this.#values = new SmallValues(env);
    this.#limit = limit;
  }

  get(digest: Digest): Uint8Array | undefined {
    return this.#pending.get(digest) ?? this.#env.get(signatureKey(digest))?.subarray(8);
  }

  put(digest: Digest, signature: Uint8Array): void {
    if (signature.length > this.#limit) return;
    this.#pendingBytes += signature.length - (this.#pending.get(digest)?.length ?? 0);
    this.#pending.set(digest, Uint8Array.from(signature));
    if (this.#pendingBytes > PENDING_MAX) this.flush();
  }

  /** Writes what is pending, in the current transaction if there is one. */
  flush(): void {
    if (this.#pending.size === 0) return;
    this.#env.transact(() => {
      let totals = this.#totals();
      for (const [digest, signature] of this.#pending) totals = this.#write(digest, signature, totals);
      totals = this.#dropOldest(totals);
      this.#values.put(metaKey('signatures'), totals);
    });
    this.#pending.clear();
    this.#pendingBytes = 0;
  }

  #write(digest: Digest, signature: Uint8Array, totals: Totals): Totals {
    const key = signatureKey(digest);
    const old = this.#env.get(key);
    if (old !== undefined) this.#env.remove(writtenKey(Number(old.readBigUInt64BE(0))));
    const value = Buffer.allocUnsafe(8 + signature.length);
    value.writeBigUInt64BE(BigInt(totals.next), 0);
    value.set(signature, 8);
    this.#env.put(key, value);
    this.#env.put(writtenKey(totals.next), key.subarray(1));
    return { bytes: totals.bytes + value.length - (old?.length ?? 0), next: totals.next + 1 };
  }

  #dropOldest(totals: Totals): Totals {
    let { bytes } = totals;
    while (bytes > this.#limit) {
      const oldest = this.#env.first(WRITTEN_RANGE);
      if (oldest === undefined) return { ...totals, bytes: 0 };
      const key = Buffer.concat([Buffer.from('s'), oldest.value]);
      bytes -= this.#env.get(key)?.length ?? 0;
      this.#env.remove(key);
      this.#env.remove(oldest.key);
    }
    return { ...totals, bytes };
  }

  #totals(): Totals {
    return (this.#values.get(metaKey('signatures')) as Totals | undefined) ?? { bytes: 0, next: 1 };
  }
}
