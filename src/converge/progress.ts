/**
 * Keeps the exact denominator and numerator of a run: what the plan will move to each replica, what has
 * arrived, and what is under way of large files. Tells at most ten times a second.
 */
import type { Emit } from '../model/event.js';
import type { RelPath } from '../model/path.js';

/** Milliseconds between two tellings. */
const INTERVAL = 100;

export class Progress {
  readonly #emit: Emit;
  readonly #partial = new Map<string, number>();
  #planned = { files: 0, bytes: 0 };
  #done = { files: 0, bytes: 0 };
  #under = 0;
  #told = 0;
  /** Rises with all that arrives or is installed. */
  moves = 0;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /** More was planned: one file for one replica. */
  plan(bytes: number): void {
    this.#planned.files++;
    this.#planned.bytes += bytes;
  }

  /** The plan is complete. */
  planned(): void {
    this.#emit({ type: 'plan', ...this.#planned, final: true });
  }

  /** A part of a file arrived at `peer` (undefined: here). */
  part(peer: string | undefined, path: RelPath, bytes: number): void {
    const key = keyOf(peer, path);
    this.#partial.set(key, (this.#partial.get(key) ?? 0) + bytes);
    this.#under += bytes;
    this.#tell(peer, path);
  }

  /** A file is installed, or given up, at `peer`. */
  done(peer: string | undefined, path: RelPath, bytes: number): void {
    const key = keyOf(peer, path);
    this.#under -= this.#partial.get(key) ?? 0;
    this.#partial.delete(key);
    this.#done.files++;
    this.#done.bytes += bytes;
    this.#tell(peer, path);
  }

  #tell(peer: string | undefined, path: RelPath): void {
    this.moves++;
    const now = performance.now();
    if (now - this.#told < INTERVAL) return;
    this.#told = now;
    this.#emit({
      type: 'progress',
      phase: 'transfer',
      files: this.#done.files,
      bytes: this.#done.bytes + this.#under,
      totalFiles: this.#planned.files,
      totalBytes: this.#planned.bytes,
      path,
      ...(peer === undefined ? {} : { peer }),
    });
  }
}

function keyOf(peer: string | undefined, path: RelPath): string {
  return `${peer ?? ''}\0${path}`;
}
