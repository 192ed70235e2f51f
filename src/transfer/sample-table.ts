/**
 * Which contents a chunk was sampled from: from its checksum to the number of a content. Bounded by what sparse
 * indexing does (Lillibridge et al., FAST 2009): when it is full, only checksums with one more zero bit are kept, so
 * that every content stays represented, by fewer of its chunks.
 */

/** Samples: 20 bytes each. */
export const TABLE_SAMPLES_MAX = 512 * 1024;
const SAMPLES_MIN = 1024;

export class SampleTable {
  readonly #limit: number;
  /** Low half, high half, content + 1. */
  #slots = new Uint32Array(3 * 2 * SAMPLES_MIN);
  #used = 0;
  /** Low bits of a checksum's high half that must be zero. */
  #sparse = 0;

  constructor(limit = TABLE_SAMPLES_MAX) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#used;
  }

  /** `strong`: two for each sample, low half first. Of equal samples the first content counts. */
  add(content: number, strong: Uint32Array): void {
    for (let i = 0; i < strong.length; i += 2) this.#add(content, strong[i] as number, strong[i + 1] as number);
  }

  /** The content that a chunk with this checksum was sampled from. */
  find(low: number, high: number): number | undefined {
    const slot = this.#slotOf(low, high);
    const content = this.#slots[slot + 2] as number;
    return content === 0 ? undefined : content - 1;
  }

  #add(content: number, low: number, high: number): void {
    if (high % 2 ** this.#sparse !== 0) return;
    const slot = this.#slotOf(low, high);
    if (this.#slots[slot + 2] !== 0) return;
    this.#slots[slot] = low;
    this.#slots[slot + 1] = high;
    this.#slots[slot + 2] = content + 1;
    this.#used++;
    if (this.#used >= this.#limit) this.#rebuild(this.#slots.length, ++this.#sparse);
    else if (this.#used * 2 > this.#slots.length / 3) this.#rebuild(2 * this.#slots.length, this.#sparse);
  }

  /** Where the checksum is, or belongs. */
  #slotOf(low: number, high: number): number {
    const count = this.#slots.length / 3;
    let slot = low % count;
    for (;;) {
      const at = 3 * slot;
      if (this.#slots[at + 2] === 0 || (this.#slots[at] === low && this.#slots[at + 1] === high)) return at;
      slot = (slot + 1) % count;
    }
  }

  #rebuild(length: number, sparse: number): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(length);
    this.#used = 0;
    for (let at = 0; at < old.length; at += 3) {
      const content = old[at + 2] as number;
      if (content === 0 || (old[at + 1] as number) % 2 ** sparse !== 0) continue;
      const slot = this.#slotOf(old[at] as number, old[at + 1] as number);
      this.#slots.set(old.subarray(at, at + 3), slot);
      this.#used++;
    }
  }
}
