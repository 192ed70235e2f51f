/**
 * Compression of one frame's instructions: Brotli at quality 1, one shot. Measured on 256 KiB pieces against
 * deflate at level 1 it is twice as quick and as dense (source text 0.22 at 266 MB/s, machine code 0.49 at 190).
 */
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { SyncError } from '../model/sync-error.js';

export type Codec = 'none' | 'brotli';

const QUALITY = 1;
/** Bytes; smaller payloads gain too little. */
const COMPRESS_MIN = 512;
/** Bytes from the middle of a payload that tell whether the rest is worth the time, and how far they must shrink. */
const SAMPLE_BYTES = 8 * 1024;
const WORTH_RATIO = 0.9;

export interface Packed {
  readonly codec: Codec;
  readonly bytes: Uint8Array;
}

/** The payload, compressed if a sample of it says that this pays. */
export function packLiterals(payload: Uint8Array): Packed {
  if (payload.length < COMPRESS_MIN || !isCompressible(payload)) return { codec: 'none', bytes: payload };
  const bytes = compress(payload);
  return bytes.length < payload.length ? { codec: 'brotli', bytes } : { codec: 'none', bytes: payload };
}

/**
 * The payload of `size` bytes, at most `limit`. The output buffer is bounded before a byte is decompressed: a
 * frame of 400 bytes could otherwise fill memory.
 */
export function unpackLiterals(codec: string, bytes: Uint8Array, size: number, limit: number): Uint8Array {
  if (size > limit) throw bad(`declares ${size} bytes, more than ${limit}`);
  const payload = codec === 'none' ? bytes : decompress(codec, bytes, size);
  if (payload.length !== size) throw bad(`declares ${size} bytes and holds ${payload.length}`);
  return payload;
}

function isCompressible(payload: Uint8Array): boolean {
  if (payload.length <= 2 * SAMPLE_BYTES) return true;
  const start = Math.floor((payload.length - SAMPLE_BYTES) / 2);
  return compress(payload.subarray(start, start + SAMPLE_BYTES)).length < SAMPLE_BYTES * WORTH_RATIO;
}

function compress(bytes: Uint8Array): Buffer {
  return brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
}

function decompress(codec: string, bytes: Uint8Array, size: number): Uint8Array {
  if (codec !== 'brotli') throw bad(`is packed as ${codec}, which was not agreed`);
  if (size === 0) throw bad('is packed although it is empty');
  try {
    return brotliDecompressSync(bytes, { maxOutputLength: size });
  } catch (cause) {
    throw new SyncError('protocol', `delta: a frame does not unpack to ${size} bytes`, { cause });
  }
}

function bad(what: string): SyncError {
  return new SyncError('protocol', `delta: a frame ${what}`);
}
