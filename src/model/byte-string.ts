/**
 * Byte strings: file names and digests are bytes, not text. Each is held as a JavaScript string with
 * one char code (0..255) per byte ("latin1"), so that `===`, `<`, Map keys and slices work on exact
 * bytes. Never show one to a person: use {@link textOf}. (docs/DESIGN.md, "Names are bytes")
 */

export type ByteString = string;

/** The bytes of a byte string. */
export function bytesOf(value: ByteString): Buffer {
  return Buffer.from(value, 'latin1');
}

/** The byte string of some bytes. */
export function byteStringOf(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** The byte string of a text's UTF-8 encoding. */
export function byteStringOfText(text: string): ByteString {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The bytes read as UTF-8; what is no UTF-8 becomes U+FFFD (lossy). */
export function textOf(value: ByteString): string {
  return isAscii(value) ? value : bytesOf(value).toString('utf8');
}

/** Whether the bytes are well-formed UTF-8, so that {@link textOf} loses nothing. */
export function isUtf8(value: ByteString): boolean {
  return isAscii(value) || byteStringOfText(textOf(value)) === value;
}

/** Whether every byte is below 128, so that the string may be used as text and as a path as it is. */
export function isAscii(value: ByteString): boolean {
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 127) return false;
  return true;
}
