import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shellPath } from '../../src/cli/shell-path.js';
import { byteStringOf } from '../../src/model/byte-string.js';
import { screenMessage } from '../../src/report/escape.js';

/** What bash makes of the words: each with a NUL behind it. */
function readByBash(words: readonly string[]): Buffer {
  return spawnSync('bash', ['-c', `printf '%s\\0' ${words.join(' ')}`]).stdout;
}

it('is the very path for a shell, and printable, whatever the bytes are', () => {
  const name = fc.uint8Array({ minLength: 1, maxLength: 12, min: 1, max: 255 });
  const tricky = fc.constantFrom(
    ...["a'b", 'a\\b', 'ü \u202e', '\x1b[31m', '$(x)`y`', '-rf', 'é'].map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(name, tricky), { minLength: 1, maxLength: 200 }), (names) => {
      const words = names.map((bytes) => shellPath(byteStringOf(bytes)));
      for (const word of words) expect(screenMessage(word)).toBe(word);
      expect(readByBash(words)).toEqual(Buffer.concat(names.flatMap((bytes) => [bytes, Buffer.from([0])])));
    }),
    { numRuns: 20 },
  );
});
