/** Ids as people and JSON see them. */
import { type ByteString, bytesOf } from '../model/byte-string.js';

export function hexOfBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

export function hexOfId(id: ByteString): string {
  return hexOfBytes(bytesOf(id));
}
