import { describe, expect, test } from 'vitest';
import { byteStringOfText } from '../../src/model/byte-string.js';
import { checkName, checkPath, DEPTH_MAX, isReserved, NAME_MAX, PATH_MAX } from '../../src/model/path-rule.js';
import { SyncError } from '../../src/model/sync-error.js';

describe('names that are refused', () => {
  test.each([
    ['the empty name', ''],
    ['the directory itself', '.'],
    ['its parent', '..'],
    ['a slash', 'a/b'],
    ['an absolute path', '/a'],
    ['a NUL byte', 'a\0'],
    ['more than 255 bytes', 'a'.repeat(256)],
    ['more than 255 bytes in fewer characters', byteStringOfText('ü'.repeat(128))],
    ['the reserved name', '.p2psync'],
  ])('%s', (_, name) => {
    expect(() => checkName(name)).toThrow(SyncError);
    expect(() => checkName(name)).toThrow(expect.objectContaining({ code: 'path' }));
  });
});

describe('names that some file system takes for .p2psync', () => {
  test.each([
    ['upper case', '.P2PSYNC'],
    ['mixed case', '.P2pSync'],
    ['a trailing dot (NTFS, FAT)', '.p2psync.'],
    ['trailing spaces and dots (NTFS, FAT)', '.p2psync . .'],
    ['a stream (NTFS)', '.p2psync:stream'],
    ['the directory stream (NTFS)', '.p2psync::$INDEX_ALLOCATION'],
    ['a stream behind a dot (NTFS)', '.p2psync. :$DATA'],
    ['a backslash (NTFS)', '.p2psync\\staging'],
    ['a short name (NTFS, FAT)', 'P2PSYN~1'],
    ['a later short name', 'p2psyn~4'],
    ['a short name with a trailing dot', 'P2PSYN~1.'],
    ['a short name with the checksum of the long one (NTFS)', 'P2BA48~1'],
    ['a short name with a cut checksum', 'P2BA4~10'],
    ['a long s (APFS, ext4 with casefold)', '.p2pſync'],
    ['a zero-width joiner (HFS+)', '.p2p\u200dsync'],
    ['a zero-width joiner in front', '\u200d.p2psync'],
    ['a byte order mark (HFS+)', '.p2psync\ufeff'],
    ['a right-to-left mark and upper case', '\u200f.P2P\u200fSYNC'],
    ['a soft hyphen (ext4 with casefold)', '.p2p\u00adsync'],
    ['a variation selector', '.p2psync\ufe0f'],
    ['several of them and a stream', '.p\u200c2\u200dpsync.\u200e:x'],
  ])('%s', (_, text) => {
    expect(isReserved(byteStringOfText(text))).toBe(true);
    expect(() => checkName(byteStringOfText(text))).toThrow('reserved');
  });
});

describe('names that only look a little like it', () => {
  test.each([
    '.p2psyncignore',
    '.p2psync-notes',
    '.p2psync.txt',
    '.p2psyncs',
    'p2psync',
    'p2psync.',
    '..p2psync',
    '.p2p sync',
    '.p2psync\u0301',
    'P2PSYN~',
    'P2PSYNC~1',
    'P2BA49~1',
    'p2',
    '...',
    ' ',
    '.p2psync\xff', // no UTF-8: nothing folds it
    'a:b',
    'a\\b',
    '~1',
    'constructor',
    '__proto__',
  ])('%j', (text) => {
    const name = text.includes('\xff') ? text : byteStringOfText(text);
    expect(checkName(name)).toBe(name);
  });
});

test('a name may have every other byte', () => {
  for (let byte = 1; byte < 256; byte++) {
    if (byte === 0x2f) continue;
    const name = `x${String.fromCharCode(byte)}`;
    expect(checkName(name)).toBe(name);
  }
  expect(checkName('a'.repeat(NAME_MAX))).toHaveLength(NAME_MAX);
});

describe('paths', () => {
  test('the root and ordinary paths are fine', () => {
    for (const path of ['', 'a', 'a/b', 'a b/\n/c']) expect(checkPath(path)).toBe(path);
  });

  test.each([
    ['a parent reference', 'a/../b', 'relative'],
    ['an empty component', 'a//b', 'empty'],
    ['a leading slash', '/a', 'empty'],
    ['a trailing slash', 'a/', 'empty'],
    ['the reserved name further down', 'a/.p2psync/b', 'reserved'],
    ['too many directories', new Array(DEPTH_MAX + 1).fill('a').join('/'), 'deeper'],
    ['too many bytes', `${'a'.repeat(200)}/`.repeat(25), 'longer'],
  ])('%s is refused', (_, path, message) => {
    expect(() => checkPath(path)).toThrow(message);
  });

  test('the limits themselves are fine', () => {
    const deepest = new Array(DEPTH_MAX).fill('a').join('/');
    expect(checkPath(deepest)).toBe(deepest);
    const longest = `${`${'a'.repeat(127)}/`.repeat(31)}${'a'.repeat(128)}`;
    expect(longest).toHaveLength(PATH_MAX);
    expect(checkPath(longest)).toBe(longest);
  });
});
