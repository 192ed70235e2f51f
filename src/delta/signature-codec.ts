/**
 * Encoded signatures, as they are kept in the state and sent (docs/PROTOCOL.md [signature]):
 * `u8` version 2, `u8` log2 of the block size, `u48` size, then for each block `u32` weak and 8 bytes strong;
 * all little-endian. The size fixes everything else, so no count is trusted.
 */
import { SyncError } from '../model/sync-error.js';
import { blockSizeFor, DELTA_SIZE_MAX } from './block-size.js';
import { blockCount } from './blocks.js';
import { type Signature, STRONG_BYTES, signatureOf } from './signature.js';

const VERSION = 2;
const HEADER_BYTES = 8;
const BLOCK_BYTES = 4 + STRONG_BYTES;

/** Bytes of the encoded signature of a file of `size` bytes, in super blocks of `factor` blocks. */
export function encodedSignatureBytes(size: number, factor = 1): number {
  return HEADER_BYTES + blockCount(size, blockSizeFor(size) * factor) * BLOCK_BYTES;
}

export function encodeSignature(signature: Signature): Buffer {
  const { size, blockSize, weak, strong } = signature;
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + weak.length * BLOCK_BYTES);
  bytes.writeUInt8(VERSION, 0);
  bytes.writeUInt8(Math.log2(blockSize), 1);
  bytes.writeUIntLE(size, 2, 6);
  for (let i = 0, at = HEADER_BYTES; i < weak.length; i++, at += BLOCK_BYTES) {
    bytes.writeUInt32LE(weak[i] as number, at);
    bytes.writeUInt32LE(strong[2 * i] as number, at + 4);
    bytes.writeUInt32LE(strong[2 * i + 1] as number, at + 8);
  }
  return bytes;
}

/**
 * The signature of a file that is known to have `size` bytes, in super blocks of `factor` blocks; anything else is a
 * `protocol` error.
 */
export function decodeSignature(bytes: Uint8Array, size: number, factor = 1): Signature {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (size > DELTA_SIZE_MAX) throw bad(`a file of ${size} bytes has none`);
  if (buffer.length !== encodedSignatureBytes(size, factor)) {
    throw bad(`expected ${encodedSignatureBytes(size, factor)} bytes for a file of ${size}, got ${buffer.length}`);
  }
  if (buffer[0] !== VERSION) throw bad(`expected version ${VERSION}, got ${buffer[0]}`);
  if (2 ** (buffer[1] as number) !== blockSizeFor(size) * factor)
    throw bad(`block size 2^${buffer[1]} is not that of ${size} bytes`);
  if (buffer.readUIntLE(2, 6) !== size)
    throw bad(`expected one of ${size} bytes, got one of ${buffer.readUIntLE(2, 6)}`);
  const count = (buffer.length - HEADER_BYTES) / BLOCK_BYTES;
  const weak = new Uint32Array(count);
  const strong = new Uint32Array(count * 2);
  for (let i = 0, at = HEADER_BYTES; i < count; i++, at += BLOCK_BYTES) {
    weak[i] = buffer.readUInt32LE(at);
    strong[2 * i] = buffer.readUInt32LE(at + 4);
    strong[2 * i + 1] = buffer.readUInt32LE(at + 8);
  }
  return signatureOf(size, weak, strong, factor);
}

function bad(what: string): SyncError {
  return new SyncError('protocol', `signature: ${what}`);
}
