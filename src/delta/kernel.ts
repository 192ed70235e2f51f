/**
 * The WebAssembly kernel: instances, their memory, and the one that this thread shares for checksums that
 * keep nothing between calls. The code is src/delta/assembly, compiled by scripts/build-kernel.mjs.
 */
import { KERNEL_BASE64 } from './kernel.generated.js';

/** Every address and length is in bytes; results that are unsigned come back signed, as WebAssembly has it. */
export interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  heapBase(): number;
  weakSum(at: number, length: number): number;
  weakPower(exponent: number): number;
  xxh64(at: number, length: number): bigint;
  /** A hash in pieces, {@link HASH_STATE_BYTES} at `state`. */
  hashStart(state: number): void;
  hashPiece(state: number, at: number, length: number): void;
  hashEnd(state: number): bigint;
  coarseSums(at: number, block: number, count: number, into: number): void;
  fineSums(at: number, length: number, block: number, into: number): number;
  setBlocks(size: number, part: number, partsAt: number, mask: bigint): void;
  setIndex(
    count: number,
    weakAt: number,
    strongAt: number,
    filterAt: number,
    filterBits: number,
    headsAt: number,
    headBits: number,
    nextsAt: number,
  ): void;
  findBlock(weak: number, strongLow: number, strongHigh: number, preferred: number): number;
  matchBlock(at: number, preferred: number): number;
  equalsBlock(at: number, length: number, block: number): number;
  scan(at: number, last: number): number;
}

export interface Kernel {
  readonly run: KernelExports;
  /** All of its memory. */
  readonly bytes: Buffer;
  /** Bytes from {@link KernelExports.heapBase} that the caller may lay out. */
  readonly capacity: number;
}

/** Bytes of the window in which {@link sharedKernel} sums; the rest of it is for results. */
export const WINDOW_BYTES = 1024 * 1024;
/** Bytes of results behind the window: 8 for each block of the smallest size, 64 bytes. */
const RESULT_BYTES = WINDOW_BYTES / 8;

/** Bytes of a hash under way (assembly/xxh64.ts). */
export const HASH_STATE_BYTES = 72;

const PAGE_BYTES = 65_536;
/** Idle kernels kept for the next search, and the largest that is worth keeping, in bytes. */
const IDLE_MAX = 4;
const IDLE_BYTES_MAX = 4 * 1024 * 1024;

const idle: Kernel[] = [];
let compiled: object | undefined;
let shared: SharedKernel | undefined;

/** A kernel with room for `capacity` bytes, for the caller alone until {@link returnKernel}. Its memory is not zeroed. */
export function borrowKernel(capacity: number): Kernel {
  const at = idle.findIndex((kernel) => kernel.capacity >= capacity);
  return idle.splice(at, at < 0 ? 0 : 1)[0] ?? newKernel(capacity);
}

/** Gives a kernel back. One that is never given back is collected with its last reference. */
export function returnKernel(kernel: Kernel): void {
  if (idle.length < IDLE_MAX && kernel.capacity <= IDLE_BYTES_MAX) idle.push(kernel);
}

export interface SharedKernel extends Kernel {
  /** Valid only until control returns to the event loop: everybody in this thread writes here. */
  readonly window: Buffer;
  readonly windowAt: number;
  readonly resultAt: number;
}

/** The kernel whose window everybody in this thread uses, one synchronous step at a time. */
export function sharedKernel(): SharedKernel {
  if (shared !== undefined) return shared;
  const kernel = newKernel(WINDOW_BYTES + RESULT_BYTES);
  const windowAt = kernel.run.heapBase();
  const window = kernel.bytes.subarray(windowAt, windowAt + WINDOW_BYTES);
  shared = { ...kernel, window, windowAt, resultAt: windowAt + WINDOW_BYTES };
  return shared;
}

function newKernel(capacity: number): Kernel {
  compiled ??= new WebAssembly.Module(Buffer.from(KERNEL_BASE64, 'base64'));
  const run = new WebAssembly.Instance(compiled).exports as unknown as KernelExports;
  const missing = run.heapBase() + capacity - run.memory.buffer.byteLength;
  if (missing > 0) run.memory.grow(Math.ceil(missing / PAGE_BYTES));
  return { run, bytes: Buffer.from(run.memory.buffer), capacity: run.memory.buffer.byteLength - run.heapBase() };
}

/** The part of the JavaScript interface used here, which neither the `es2023` library nor @types/node declares. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: object };
};
