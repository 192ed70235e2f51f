/**
 * What is computed in the one pass over a content, wherever it comes from: its digest and, for larger ones, the
 * signature that a later delta against it needs.
 */
import { type Digest, digestStream } from '../model/digest.js';
import { DELTA_SIZE_MAX } from './block-size.js';
import type { Signature } from './signature.js';
import { encodeSignature } from './signature-codec.js';
import { SplicedSignature } from './spliced-signature.js';

/** Bytes; the signature of a smaller content is soon made, and small enough to be sent. */
export const SIGNATURE_MIN = 64 * 1024;

export interface HashedContent {
  readonly digest: Digest;
  /** Encoded; of contents from {@link SIGNATURE_MIN} to {@link DELTA_SIZE_MAX} bytes. */
  readonly signature?: Uint8Array;
}

/** The signature alone, for a content whose digest is taken elsewhere. */
export class BlockSums {
  readonly #signature: SplicedSignature | undefined;

  /** `size`: bytes that will come. `basis`: the signature of what they are copied from in part, if it is known. */
  constructor(size: number, basis?: Signature) {
    this.#signature = size >= SIGNATURE_MIN && size <= DELTA_SIZE_MAX ? new SplicedSignature(size, basis) : undefined;
  }

  /** Announces bytes that are a copy: blocks of the basis among them need not be summed again. */
  copied(target: number, basis: number, length: number): void {
    this.#signature?.copied(target, basis, length);
  }

  update(bytes: Uint8Array): void {
    this.#signature?.update(bytes);
  }

  /** Without a signature if not exactly `size` bytes came. */
  finish(): { readonly signature?: Uint8Array } {
    const signature = this.#signature?.finish();
    return signature === undefined ? {} : { signature: encodeSignature(signature) };
  }
}

export class ContentHash {
  readonly #digest = digestStream();
  readonly #sums: BlockSums;

  /** See {@link BlockSums}. */
  constructor(size: number, basis?: Signature) {
    this.#sums = new BlockSums(size, basis);
  }

  copied(target: number, basis: number, length: number): void {
    this.#sums.copied(target, basis, length);
  }

  update(bytes: Uint8Array): void {
    this.#digest.update(bytes);
    this.#sums.update(bytes);
  }

  finish(): HashedContent {
    return { digest: this.#digest.digest(), ...this.#sums.finish() };
  }
}
