// The delta kernel: everything that touches each byte of a file, compiled to WebAssembly with SIMD by
// scripts/build-kernel.mjs. It allocates nothing: src/delta/kernel.ts lays out the memory above `heapBase`
// and passes addresses. Callers keep every range within memory; a trap ends the call, never the process.

export { weakSum, weakPower } from './weak-sum';
export { xxh64, hashStart, hashPiece, hashEnd } from './xxh64';
export { coarseSums, fineSums } from './block-sums';
export { setBlocks, setIndex, findBlock, matchBlock, equalsBlock, scan } from './block-index';

/** First address that the caller may use. */
export function heapBase(): usize {
  return __heap_base;
}
