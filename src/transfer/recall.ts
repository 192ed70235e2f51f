/** Signatures that are remembered by content digest, and what becomes of those that no longer fit. */
import { blockSizeFor, DELTA_SIZE_MAX } from '../delta/block-size.js';
import type { Signature } from '../delta/signature.js';
import { decodeSignature } from '../delta/signature-codec.js';
import type { Digest } from '../model/digest.js';

/** An encoded signature by content digest, such as FolderState.signature; undefined: not remembered. */
export type RememberedSignature = (digest: Digest) => Uint8Array | undefined;

/** A remembered signature, unless it is of an older kind: then it is as good as forgotten. */
export function recall(remembered: RememberedSignature, digest: Digest, size: number): Signature | undefined {
  const encoded = size <= DELTA_SIZE_MAX && size > blockSizeFor(size) ? remembered(digest) : undefined;
  try {
    return encoded && decodeSignature(encoded, size);
  } catch {
    return undefined;
  }
}
