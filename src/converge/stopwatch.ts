/** Measures the phases of a run in seconds. */
export class Stopwatch {
  readonly #started = performance.now();
  readonly #phases: Record<string, number> = {};

  /** Adds the time that `work` takes to the phase. */
  async time<T>(phase: string, work: Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work;
    } finally {
      this.#phases[phase] = (this.#phases[phase] ?? 0) + (performance.now() - started) / 1000;
    }
  }

  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  get phases(): Readonly<Record<string, number>> {
    return this.#phases;
  }
}
