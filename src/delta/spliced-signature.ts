/**
 * The signature of a content that is rebuilt from a basis: blocks that one copy brings whole, where the block grids of
 * both meet, keep the basis's checksums. Only the others are summed, so an edit in place costs a block or two.
 */
import { blockSizeFor } from './block-size.js';
import { type Signature, SignatureBuilder } from './signature.js';

/** Whole blocks of the target, from byte `start` on, and the basis's block that the first of them equals. */
interface Span {
  readonly start: number;
  readonly block: number;
  readonly count: number;
}

export class SplicedSignature {
  readonly #basis: Signature | undefined;
  readonly #blockSize: number;
  readonly #builder: SignatureBuilder;
  readonly #spans: Span[] = [];
  /** Bytes that came, and bytes that the builder has. */
  #position = 0;
  #summed = 0;

  /** `basis`: its signature, if it is known. */
  constructor(size: number, basis?: Signature) {
    this.#blockSize = blockSizeFor(size);
    this.#basis = basis?.blockSize === this.#blockSize ? basis : undefined;
    this.#builder = new SignatureBuilder(size);
  }

  /** Announces bytes that are a copy; they come with {@link update}, as all others do. In the target's order. */
  copied(target: number, basis: number, length: number): void {
    const size = this.#blockSize;
    if (this.#basis === undefined || (basis - target) % size !== 0) return;
    const first = Math.ceil(target / size);
    const count = Math.floor((target + length) / size) - first;
    if (count > 0) this.#spans.push({ start: first * size, block: first + (basis - target) / size, count });
  }

  /** The next bytes. */
  update(bytes: Uint8Array): void {
    const from = this.#position;
    this.#position += bytes.length;
    while (this.#summed < this.#position) {
      const span = this.#spans[0];
      if (span !== undefined && span.start === this.#summed) this.#adopt(span);
      else {
        const end = Math.min(this.#position, span?.start ?? this.#position);
        this.#builder.update(bytes.subarray(this.#summed - from, end - from));
        this.#summed = end;
      }
    }
  }

  /** Undefined if not exactly the bytes announced came. */
  finish(): Signature | undefined {
    return this.#summed === this.#position ? this.#builder.finish() : undefined;
  }

  #adopt({ block, count }: Span): void {
    this.#builder.adopt(this.#basis as Signature, block, count);
    this.#summed += count * this.#blockSize;
    this.#spans.shift();
  }
}
