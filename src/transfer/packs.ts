/**
 * Memory for small contents between the wire and the disk, shared with the threads that install them. It is used again
 * and again, because memory that was never used is slow to get, and bounded: who receives waits for room.
 */

/** Bytes of one pack; a frame's contents always fit an empty one. */
const PACK_BYTES = 2 * 1024 * 1024;
/** Packs in use at once. */
const PACKS_MAX = 8;

interface Pack {
  readonly memory: Uint8Array;
  used: number;
  /** Contents that are not released yet. */
  contents: number;
}

/** A content in a pack. It is released once, when it is installed or given up. */
export interface PackedContent {
  readonly bytes: Uint8Array;
  release(): void;
}

export class Packs {
  readonly #free: Pack[] = [];
  #allocated = 0;
  #current: Pack | undefined;
  readonly #waiting: (() => void)[] = [];

  /** Waits until whatever one frame holds fits. */
  async room(): Promise<void> {
    while (this.#free.length === 0 && this.#allocated >= PACKS_MAX)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Copies a content of at most a frame; call {@link room} before each frame. */
  add(bytes: Uint8Array): PackedContent {
    const pack = this.#packFor(bytes.length);
    const start = pack.used;
    pack.memory.set(bytes, start);
    pack.used += bytes.length;
    pack.contents++;
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      pack.contents--;
      this.#reuse(pack);
    };
    return { bytes: pack.memory.subarray(start, pack.used), release };
  }

  #packFor(bytes: number): Pack {
    const current = this.#current;
    if (current !== undefined && current.used + bytes <= PACK_BYTES) return current;
    this.#current = undefined;
    if (current !== undefined) this.#reuse(current);
    this.#current = this.#free.pop() ?? this.#allocate();
    return this.#current;
  }

  #allocate(): Pack {
    this.#allocated++;
    return { memory: new Uint8Array(new SharedArrayBuffer(PACK_BYTES)), used: 0, contents: 0 };
  }

  #reuse(pack: Pack): void {
    if (pack.contents > 0) return;
    pack.used = 0;
    if (pack === this.#current) return;
    this.#free.push(pack);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
