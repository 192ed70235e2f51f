/**
 * Names on a screen: what a peer or a disk calls a file must not move the cursor, set colours, forge a second
 * line or reverse the text around it (docs/SECURITY.md test 18). The escapes are reversible: `\\` is a backslash.
 */
import { type ByteString, bytesOf, isUtf8, textOf } from '../model/byte-string.js';

/** A path or name (bytes) as safe text; bytes that are no UTF-8 appear as `\xNN`. The root appears as `.`. */
export function screenPath(path: ByteString): string {
  if (path === '') return '.';
  return isUtf8(path) ? screenText(textOf(path)) : escapeInvalid(path);
}

/** Any text from outside (host names, messages) as safe text of one line. */
export function screenText(text: string): string {
  return text.replace(UNSAFE, escapeOne);
}

/** A message of this program, in which names are quoted already: as {@link screenText}, but backslashes stay. */
export function screenMessage(text: string): string {
  return text.replace(UNSAFE, (character) => (character === '\\' ? character : escapeOne(character)));
}

/**
 * JSON whose strings are safe on a screen too: the same value, with `\u` escapes for what JSON would leave
 * as it is (DEL, C1 controls, bidi marks, line separators).
 */
export function screenJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE_IN_JSON, hexEscape);
}

// C0 and DEL, C1 (0x9b is CSI in one character), Arabic letter mark, LRM and RLM, line and paragraph
// separator, bidi embeddings, overrides and isolates, byte order mark, tag characters, lone surrogates.
const INVISIBLE =
  '\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff\\u{e0000}-\\u{e007f}\\ud800-\\udfff';
const UNSAFE = new RegExp(`[\\u0000-\\u001f\\\\${INVISIBLE}]`, 'gu');
const UNSAFE_IN_JSON = new RegExp(`[${INVISIBLE}]`, 'gu');

const SHORT: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeOne(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) as number;
  return code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : hexEscape(character);
}

/** `\uNNNN` for each UTF-16 unit, as JSON and JavaScript read it. */
function hexEscape(character: string): string {
  let escaped = '';
  for (let i = 0; i < character.length; i++) escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return escaped;
}

/** Keeps the well-formed sequences and escapes each byte that belongs to none. */
function escapeInvalid(path: ByteString): string {
  let shown = '';
  for (let i = 0; i < path.length; ) {
    const length = sequenceLength(path.charCodeAt(i));
    const sequence = path.slice(i, i + length);
    if (length > 0 && sequence.length === length && isUtf8(sequence)) {
      shown += screenText(textOf(sequence));
      i += length;
    } else {
      shown += `\\x${bytesOf(path.slice(i, i + 1)).toString('hex')}`;
      i += 1;
    }
  }
  return shown;
}

/** Bytes of the UTF-8 sequence that this byte begins; 0 when none begins with it. */
function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 0;
}
