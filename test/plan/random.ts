/** Numbers by chance that a seed repeats: sfc32 (PractRand), quick and good enough for choosing. */
export class Random {
  #a = 0;
  #b = 0;
  #c: number;
  #count = 1;

  constructor(seed: number) {
    this.#c = seed | 0;
    for (let i = 0; i < 12; i++) this.#next();
  }

  /** A whole number from 0, below `limit`. */
  below(limit: number): number {
    return Math.floor((this.#next() / 0x100000000) * limit);
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True once in `n`. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  shuffled<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [result[i], result[j]] = [result[j] as T, result[i] as T];
    }
    return result;
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#count++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}
