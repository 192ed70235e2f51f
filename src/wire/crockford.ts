/**
 * Crockford's base32 (https://www.crockford.com/base32.html): no I, L, O or U, so that what is read aloud
 * or copied by hand comes through. Most significant bit first; the last character is padded with zero bits.
 */

export const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const BITS = 5;

/** How many characters some bytes take. */
export function crockfordLength(bytes: number): number {
  return Math.ceil((bytes * 8) / BITS);
}

export function toCrockford(bytes: Uint8Array): string {
  let text = '';
  let pending = 0;
  let bits = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    bits += 8;
    while (bits >= BITS) {
      bits -= BITS;
      text += CROCKFORD[(pending >> bits) & 31];
    }
    pending &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + CROCKFORD[(pending << (BITS - bits)) & 31];
}

/** The bytes; undefined for another length, a character outside the alphabet or padding that is not zero. */
export function fromCrockford(text: string, length: number): Buffer | undefined {
  if (text.length !== crockfordLength(length)) return undefined;
  const bytes = Buffer.alloc(length);
  let pending = 0;
  let bits = 0;
  let at = 0;
  for (const character of text) {
    const value = CROCKFORD.indexOf(character);
    if (value < 0) return undefined;
    pending = (pending << BITS) | value;
    bits += BITS;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = pending >> bits;
    pending &= (1 << bits) - 1;
  }
  return pending === 0 ? bytes : undefined;
}

/** Case, and what is easily taken for another character, made one: i, l → 1, o → 0. */
export function foldCrockford(text: string): string {
  return text
    .replace(/[a-z]/g, (letter) => letter.toUpperCase())
    .replace(/[IL]/g, '1')
    .replace(/O/g, '0');
}
