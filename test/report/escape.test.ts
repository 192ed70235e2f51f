import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteStringOf } from '../../src/model/byte-string.js';
import { screenJson, screenMessage, screenPath, screenText } from '../../src/report/escape.js';
import { pathOf } from './some-events.js';

/** What a terminal may act on: C0, DEL, C1, bidi and line-breaking format characters. */
const ACTIVE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}\ud800-\udfff]/u;

describe('names on a screen', () => {
  it.each([
    ['img/a b.jpg', 'img/a b.jpg'],
    ['Müller/寫真.jpg', 'Müller/寫真.jpg'],
    ['👩‍👩‍👧.png', '👩‍👩‍👧.png'],
    ['a\nforged line', 'a\\nforged line'],
    ['tab\there', 'tab\\there'],
    ['\r', '\\r'],
    ['\x1b[2J\x1b]0;title\x07', '\\x1b[2J\\x1b]0;title\\x07'],
    ['\x7f', '\\x7f'],
    ['\u009b31m', '\\u009b31m'],
    ['gpj.\u202eexe', 'gpj.\\u202eexe'],
    ['\u2066x\u2069', '\\u2066x\\u2069'],
    ['a\u200eb\u200fc\u061c', 'a\\u200eb\\u200fc\\u061c'],
    ['a\u2028b', 'a\\u2028b'],
    ['\ufeffbom', '\\ufeffbom'],
    ['\u{e0041}', '\\udb40\\udc41'],
    ['back\\slash', 'back\\\\slash'],
    ['', '.'],
  ])('%j is shown as %j', (name, shown) => {
    expect(screenPath(pathOf(name))).toBe(shown);
  });

  it('bytes that are no UTF-8 appear as \\xNN, the rest as text', () => {
    expect(screenPath(byteStringOf(Buffer.from([0x61, 0xff, 0xc3, 0xa4, 0xc3])))).toBe('a\\xffä\\xc3');
    expect(screenPath(byteStringOf(Buffer.from([0xed, 0xa0, 0x80])))).toBe('\\xed\\xa0\\x80');
    expect(screenPath(byteStringOf(Buffer.from([0xc0, 0xaf, 0x1b])))).toBe('\\xc0\\xaf\\x1b');
  });

  it('no name, whatever its bytes, reaches the terminal with a character that acts', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(screenPath(byteStringOf(bytes))).not.toMatch(ACTIVE);
      }),
    );
  });

  it('no text does either, and two different texts never look the same', () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(screenText(a)).not.toMatch(ACTIVE);
        if (a !== b) expect(screenText(a)).not.toBe(screenText(b));
      }),
    );
  });
});

it('messages keep their backslashes, so that a quoted command can be copied', () => {
  expect(screenMessage("run p2psync join 'it'\\''s'\x1b")).toBe("run p2psync join 'it'\\''s'\\x1b");
});

it('JSON on a screen is safe and still the same value', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = screenJson({ text });
      expect(shown).not.toMatch(ACTIVE);
      expect(JSON.parse(shown)).toEqual({ text });
    }),
  );
});
