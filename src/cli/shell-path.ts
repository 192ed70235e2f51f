/** A path (bytes) as one word of a shell, printable as it stands: control bytes and what is no UTF-8 as `$'\xNN'`. */
import { shellWord } from '../group/shell-word.js';
import { type ByteString, bytesOf, isUtf8, textOf } from '../model/byte-string.js';
import { screenText } from '../report/escape.js';

export function shellPath(path: ByteString): string {
  if (isUtf8(path)) {
    const text = textOf(path);
    if (screenText(text).replaceAll('\\\\', '\\') === text) return shellWord(text);
  }
  let quoted = '';
  for (const byte of bytesOf(path)) {
    const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c;
    quoted += isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return `$'${quoted}'`;
}
