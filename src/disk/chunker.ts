/** Cuts open files into chunks in threads of their own, so that hashing and sessions go on meanwhile. */
import type { ChunkCutter, Span } from '../delta/chunk-cutter.js';
import type { Chunks } from '../delta/chunks.js';
import { SyncError } from '../model/sync-error.js';
import { readFully } from './content-reader.js';
import { WorkerPool } from './worker-pool.js';

/** Threads share the process's file descriptors, so they open no path of their own. */
export interface CutRequest extends Span {
  readonly fd: number;
}

let cutter: Promise<ChunkCutter> | undefined;

/** The chunks of a span of an open file (delta/chunk-cutter.ts says which); `changed` if the file ends before it. */
export async function cutFile({ fd, ...span }: CutRequest): Promise<Chunks> {
  cutter ??= createCutter();
  const made = await cutter;
  try {
    return made.cut((target, position) => readFully(fd, target, position), span);
  } catch (error) {
    if (error instanceof RangeError) throw new SyncError('changed', error.message, { cause: error });
    throw error;
  }
}

/** Loaded when it is needed: the package compiles its WebAssembly at once, a tenth of a short run. */
async function createCutter(): Promise<ChunkCutter> {
  const { ChunkCutter } = await import('../delta/chunk-cutter.js');
  return ChunkCutter.create();
}

export class Chunker {
  readonly #pool = new WorkerPool<CutRequest, Chunks>(new URL('./chunk-worker.js', import.meta.url), cutFile);

  /** The file stays open until the answer is there. */
  cut(fd: number, span: Span): Promise<Chunks> {
    return this.#pool.run({ fd, ...span });
  }

  /** Nothing may be under way. */
  close(): Promise<void> {
    return this.#pool.close();
  }
}
