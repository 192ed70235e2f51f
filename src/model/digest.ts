/**
 * Content digests: 32-byte BLAKE3, held as byte strings. The native module is loaded at the first use,
 * because a run that reads no content needs none.
 */
import { createRequire } from 'node:module';
import { type ByteString, byteStringOf, bytesOf } from './byte-string.js';

/** A 32-byte BLAKE3 digest, or the empty string for "none" (directories, tombstones). */
export type Digest = ByteString & { readonly __brand: 'Digest' };

export const DIGEST_BYTES = 32;
export const NO_DIGEST = '' as Digest;

type Blake = typeof import('@napi-rs/blake-hash');
let loaded: Blake | undefined;

function blake(): Blake {
  loaded ??= loadBlake();
  return loaded;
}

/**
 * The package's own loader looks through the system for its C library first, which takes 15 ms of a short run.
 * The addon for the usual one is asked for by name; where it is not installed, the loader decides.
 */
function loadBlake(): Blake {
  const require = createRequire(import.meta.url);
  const libc = process.platform === 'linux' ? '-gnu' : '';
  try {
    return require(`@napi-rs/blake-hash-${process.platform}-${process.arch}${libc}`) as Blake;
  } catch {
    return require('@napi-rs/blake-hash') as Blake;
  }
}

/** BLAKE3 of some bytes, 32 bytes. */
export function blake3(bytes: Uint8Array): Buffer {
  return blake().blake3(asBuffer(bytes));
}

/** The content digest of some bytes. */
export function digestOf(bytes: Uint8Array): Digest {
  return byteStringOf(blake3(bytes)) as Digest;
}

/** BLAKE3 of bytes that come in pieces. */
export interface DigestStream {
  update(bytes: Uint8Array): void;
  digest(): Digest;
}

export function digestStream(): DigestStream {
  const hasher = new (blake().Blake3Hasher)();
  return {
    update: (bytes) => void hasher.update(asBuffer(bytes)),
    digest: () => byteStringOf(hasher.digestBuffer()) as Digest,
  };
}

/** The digest of a symbolic link's target, kept apart from that of a file with the same bytes. */
export function digestOfLink(target: ByteString): Digest {
  return digestOf(Buffer.concat([Buffer.from('p2psync symlink\0'), bytesOf(target)]));
}

export function hexOf(digest: Digest): string {
  return bytesOf(digest).toString('hex');
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
