/**
 * Who may make us decrypt: token buckets before the cryptography, so that a flood without the key costs
 * little and does not starve members (docs/PROTOCOL.md [answer]). Times are milliseconds of a clock that
 * never goes back.
 */

/** Attempts a second: at about 18 µs each (measured), 7 % of one core at the most. */
export const DECRYPTIONS_PER_SECOND = 4_000;
/** Attempts; half a second's worth, what a crowd of peers that start at the same minute may need at once. */
export const DECRYPTIONS_BURST = 2_000;
/** Datagrams a second and address while attempts are scarce; an honest initiator sends fewer than 10. */
export const SOURCE_PER_SECOND = 20;
export const SOURCE_BURST = 20;
/** Addresses remembered, about 100 bytes each; forged ones push each other out. */
const SOURCES_MAX = 1_024;

interface Bucket {
  tokens: number;
  at: number;
}

export class Admission {
  readonly #shared: Bucket = { tokens: DECRYPTIONS_BURST, at: 0 };
  /** Least recently heard first. */
  readonly #sources = new Map<string, Bucket>();

  /**
   * Whether a datagram may cost `attempts` decryptions. As long as there are plenty, anybody's may: a flood
   * below the rate hurts nobody, even one in the name of an honest address. When they get scarce, only those
   * who keep to their share are let through: one loud address then starves itself alone.
   */
  admit(source: string, attempts: number, now: number): boolean {
    const cost = Math.min(attempts, DECRYPTIONS_BURST / 2);
    refill(this.#shared, DECRYPTIONS_PER_SECOND, DECRYPTIONS_BURST, now);
    const withinShare = this.#takeShare(source, now);
    const scarce = this.#shared.tokens < DECRYPTIONS_BURST / 2;
    if (this.#shared.tokens < cost || (scarce && !withinShare)) return false;
    this.#shared.tokens -= cost;
    return true;
  }

  #takeShare(source: string, now: number): boolean {
    const bucket = this.#sources.get(source) ?? { tokens: SOURCE_BURST, at: now };
    this.#sources.delete(source);
    this.#sources.set(source, bucket);
    for (const oldest of this.#sources.keys()) {
      if (this.#sources.size <= SOURCES_MAX) break;
      this.#sources.delete(oldest);
    }
    refill(bucket, SOURCE_PER_SECOND, SOURCE_BURST, now);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}

function refill(bucket: Bucket, perSecond: number, burst: number, now: number): void {
  const elapsed = Math.max(0, now - bucket.at);
  bucket.tokens = Math.min(burst, bucket.tokens + (elapsed / 1_000) * perSecond);
  bucket.at = now;
}
