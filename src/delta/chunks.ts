/**
 * Content-defined chunks (Rabin 1981; LBFS, SOSP 2001): where a chunk ends depends on the bytes before it alone, so
 * an insertion moves few boundaries and the same bytes are cut alike in whatever file they stand.
 */

/** Chunks that follow one another. */
export interface Chunks {
  /** Bytes of each. */
  readonly lengths: Uint32Array;
  /** Two for each chunk: its checksum, low half first (chunk-checksum.ts). */
  readonly strong: Uint32Array;
}

/**
 * The irreducible polynomial of degree 53 over GF(2) that the fingerprint is taken modulo: the one that IPFS's
 * chunkers use. Any irreducible one does; it must be the same for everybody.
 */
export const CHUNK_POLYNOMIAL = 17437180132763653n;
/** Bytes that a boundary depends on; LBFS's choice. Much less, and short repeated phrases would decide. */
export const CHUNK_WINDOW = 48;
/**
 * Low bits of the fingerprint that are zero at a boundary: chunks of 4 KiB and the least length on average, which are
 * named with 0.2% of the content. Measured on a tar of sources a release apart and a database dump with scattered edits,
 * what crosses in all is least with these: 13 bits name fewer chunks and refine more, 11 name twice as many.
 */
export const CHUNK_BITS = 12;
/** Bytes; shorter chunks would cost more to name than they save. */
export const CHUNK_MIN = 1024;
/** Bytes; where nothing marks a boundary, such as in one repeated byte. The length must fit 16 bits. */
export const CHUNK_MAX = 64 * 1024;
/** Bytes of a chunk of random content, on average. */
export const CHUNK_MEAN = CHUNK_MIN + 2 ** CHUNK_BITS;

/** Bytes of all chunks together. */
export function bytesOfChunks({ lengths }: Chunks): number {
  return lengths.reduce((sum, length) => sum + length, 0);
}
