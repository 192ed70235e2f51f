/** What a listener remembers of the recent past, bounded: nonces accepted and replies sent. */

/** Nonces; 24 bytes each. Within the ±10 minutes that a probe lives, a busy group sends a few hundred. */
export const NONCES_MAX = 4_096;
/** Replies a second and address: what an initiator needs, and a bound to what a member can aim at a third. */
export const REPLIES_PER_SECOND = 5;
/** Addresses; a /22 network. */
const ADDRESSES_MAX = 1_024;
/** Milliseconds that a reply counts. */
const SECOND = 1_000;

/** The nonces of the last {@link NONCES_MAX} accepted probes, so that a recorded one is worth nothing. */
export class RecentNonces {
  /** Least recently seen first. */
  readonly #seen = new Set<string>();

  has(nonce: Buffer): boolean {
    const key = nonce.toString('latin1');
    if (!this.#seen.delete(key)) return false;
    this.#seen.add(key);
    return true;
  }

  add(nonce: Buffer): void {
    this.#seen.add(nonce.toString('latin1'));
    if (this.#seen.size > NONCES_MAX) dropOldest(this.#seen);
  }
}

/** Counts replies to each address over the last second. */
export class ReplyRate {
  /** Times of the last replies, oldest first; by address, the least recently answered first. */
  readonly #sent = new Map<string, number[]>();

  /** How many more replies may go to this address now. */
  left(address: string, now: number): number {
    return REPLIES_PER_SECOND - this.#within(address, now).length;
  }

  count(address: string, now: number): void {
    const times = [...this.#within(address, now), now];
    this.#sent.delete(address);
    this.#sent.set(address, times);
    if (this.#sent.size > ADDRESSES_MAX) dropOldest(this.#sent);
  }

  #within(address: string, now: number): number[] {
    return (this.#sent.get(address) ?? []).filter((at) => now - at < SECOND);
  }
}

function dropOldest(collection: { keys(): Iterable<string>; delete(key: string): boolean }): void {
  for (const key of collection.keys()) {
    collection.delete(key);
    return;
  }
}
