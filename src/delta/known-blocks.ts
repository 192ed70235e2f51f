/**
 * The delta of a target whose signature is known as well: blocks that stand where they stood, or moved by
 * whole blocks, are found by comparing checksums, and only what differs is read. With a signature on both
 * sides, the delta of an edit in place costs the sender no pass over the file.
 */
import { NO_BLOCK } from './blocks.js';
import type { DeltaSearch } from './delta-search.js';
import type { Signature } from './signature.js';

/** What to do with the next bytes of the target: skip `blocks` blocks, or read `length` bytes and search them. */
export type Step =
  | { readonly kind: 'skip'; readonly block: number }
  | { readonly kind: 'read'; readonly length: number };

/**
 * The steps over a target. The caller carries each out before it asks for the next; a run that is to be read
 * comes as one step for each block.
 */
export function* stepsOver(size: number, search: DeltaSearch, basis: Signature, known?: Signature): Generator<Step> {
  if (known === undefined || known.blockSize !== basis.blockSize) {
    if (size > 0) yield { kind: 'read', length: size };
    return;
  }
  const { blockSize, weak, strong } = known;
  for (let i = 0, start = 0; start < size; i++, start += blockSize) {
    const length = Math.min(blockSize, size - start);
    const block = length === blockSize ? search.lookup(weak[i] as number, strong, 2 * i) : NO_BLOCK;
    yield block === NO_BLOCK ? { kind: 'read', length } : { kind: 'skip', block };
  }
}
