/**
 * Packs the literals that one session sends, if that pays (`--compress auto`): Brotli in another thread, while the next
 * ones are searched for. What a link takes is not known before it was used: the first 64 MiB are packed whatever the link,
 * and what follows only where the link needs longer for the bytes saved than the codec for saving them.
 */
import { brotliCompress } from 'node:zlib';
import { BROTLI, isWorthPacking, type Packed, packLiterals } from '../delta/literal-codec.js';

/** Bytes that are packed before anything was measured: half a second's work. Not a time, so that equal runs send equally much. */
const TRIAL_BYTES = 64 * 1024 * 1024;
/** Bytes; asking another thread takes longer than packing less. */
const ELSEWHERE_MIN = 16 * 1024;

export class LiteralPacker {
  readonly #now: () => number;
  /** Of what was packed: milliseconds, pieces under way, bytes before and bytes less afterwards. */
  #codecMs = 0;
  #running = 0;
  #taken = 0;
  #saved = 0;
  /** Milliseconds that sending waited for the link, and bytes sent. */
  #waitedMs = 0;
  #sent = 0;

  /** `now`: milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  async pack(payload: Uint8Array): Promise<Packed> {
    if (!this.#pays() || !isWorthPacking(payload)) return { codec: 'none', bytes: payload };
    const started = this.#now();
    const together = ++this.#running;
    const packing = payload.length < ELSEWHERE_MIN ? packLiterals(payload) : packElsewhere(payload);
    const packed = await Promise.resolve(packing).finally(() => this.#running--);
    this.#codecMs += (this.#now() - started) / together;
    this.#taken += payload.length;
    this.#saved += payload.length - packed.bytes.length;
    return packed;
  }

  /** Tells how long the connection took until it took `bytes`. */
  sent(bytes: number, milliseconds: number): void {
    this.#sent += bytes;
    this.#waitedMs += milliseconds;
  }

  #pays(): boolean {
    if (this.#taken < TRIAL_BYTES) return true;
    const savedMs = (this.#waitedMs / Math.max(1, this.#sent)) * this.#saved;
    return savedMs > this.#codecMs;
  }
}

function packElsewhere(payload: Uint8Array): Promise<Packed> {
  return new Promise((resolve, reject) =>
    brotliCompress(payload, BROTLI, (error, bytes) => {
      if (error !== null) reject(error);
      else resolve(bytes.length < payload.length ? { codec: 'brotli', bytes } : { codec: 'none', bytes: payload });
    }),
  );
}
