import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type AnchoredRoot, CheckedRoot, canAnchor, openRoot } from '../../src/disk/anchored-root.js';
import { byteStringOfText } from '../../src/model/byte-string.js';
import type { RelPath } from '../../src/model/path.js';
import { checkPath, DEPTH_MAX } from '../../src/model/path-rule.js';
import { temporaryDirectory } from './temporary-directory.js';

const at = (path: string): RelPath => path as RelPath;

/** A tree with a directory and a symlink that leads out of it. */
function tree(): { directory: string; outside: string } {
  const base = temporaryDirectory();
  const [directory, outside] = [path.join(base, 'root'), path.join(base, 'outside')];
  fs.mkdirSync(path.join(directory, 'a/b'), { recursive: true });
  fs.mkdirSync(outside);
  fs.writeFileSync(path.join(outside, 'secret'), 'secret');
  fs.symlinkSync('../outside', path.join(directory, 'out'));
  return { directory, outside };
}

function openDescriptors(): number {
  return fs.readdirSync('/proc/self/fd').length;
}

const kinds: [string, (directory: string) => AnchoredRoot][] = [
  ['handles', openRoot],
  ['checked parents', (directory) => new CheckedRoot(fs.realpathSync(directory))],
];

describe.each(kinds)('a root by %s', (_name, open) => {
  test('reaches what is below it', () => {
    const { directory } = tree();
    const root = open(directory);
    fs.writeFileSync(root.at(at('a/b/file')), 'x');
    expect(fs.readFileSync(path.join(directory, 'a/b/file'), 'utf8')).toBe('x');
    expect(fs.readdirSync(root.directory(at('a')))).toEqual(['b']);
    expect(fs.lstatSync(root.at(at('out'))).isSymbolicLink()).toBe(true);
    expect(fs.readdirSync(root.directory(at(''))).sort()).toEqual(['a', 'out']);
    root.close();
  });

  test('refuses a parent that is a symlink, or a file, with a path error', () => {
    const { directory } = tree();
    const root = open(directory);
    fs.writeFileSync(root.at(at('file')), '');
    for (const path of ['out/secret', 'out/x/y', 'file/x']) {
      expect(() => root.at(at(path)), path).toThrow(expect.objectContaining({ code: 'path' }));
    }
    expect(() => root.directory(at('out'))).toThrow(expect.objectContaining({ code: 'path' }));
    expect(() => fs.lstatSync(root.at(at('missing/x')))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    root.close();
  });

  test('takes names as exact bytes, UTF-8 or not', () => {
    const { directory } = tree();
    const root = open(directory);
    const names = [byteStringOfText('Übung'), byteStringOfText('日本'), '\xff\xfe', 'new\nline', '__proto__', ' '];
    for (const name of names) {
      fs.mkdirSync(root.at(at(name)));
      fs.writeFileSync(root.at(at(`${name}/${name}`)), name, 'latin1');
    }
    const listed = fs.readdirSync(root.directory(at('')), 'latin1').filter((name) => name !== 'a' && name !== 'out');
    expect(listed.sort()).toEqual([...names].sort());
    for (const name of names) expect(fs.readFileSync(root.at(at(`${name}/${name}`)), 'latin1')).toBe(name);
    root.close();
  });

  test('never sees "..", an absolute path or an empty name, because the rule for paths stands before it', () => {
    for (const path of [
      '..',
      '../outside/secret',
      'a/../../outside/secret',
      '/etc/passwd',
      'a//b',
      'a/',
      '.',
      'a\0b',
    ]) {
      expect(() => checkPath(path), path).toThrow(expect.objectContaining({ code: 'path' }));
    }
  });
});

test('a missing folder or a file is no root', () => {
  const directory = temporaryDirectory();
  fs.writeFileSync(path.join(directory, 'f'), '');
  expect(() => openRoot(path.join(directory, 'missing'))).toThrow();
  expect(() => openRoot(path.join(directory, 'f'))).toThrow(expect.objectContaining({ code: 'not-joined' }));
});

describe.runIf(canAnchor())('handles', () => {
  test('at the greatest depth still work in pairs, and their number stays bounded', () => {
    const directory = temporaryDirectory();
    const root = openRoot(directory);
    const before = openDescriptors();
    const deep = (name: string): RelPath => at(Array.from({ length: DEPTH_MAX }, () => name).join('/'));
    for (const name of ['p', 'q', 'r', 's']) {
      for (let end = name.length; end <= deep(name).length; end += 2)
        fs.mkdirSync(root.at(at(deep(name).slice(0, end))));
    }
    fs.writeFileSync(root.at(at(`${deep('p')}/file`)), 'x');
    for (const [from, to] of ['pq', 'qr', 'rs', 'sp']) {
      fs.renameSync(root.at(at(`${deep(from ?? '')}/file`)), root.at(at(`${deep(to ?? '')}/file`)));
    }
    expect(fs.readFileSync(root.at(at(`${deep('p')}/file`)), 'utf8')).toBe('x');
    expect(openDescriptors() - before).toBeLessThanOrEqual(300);
    root.close();
  });

  test('do not grow in number with the directories visited, and all go with the root', () => {
    const directory = temporaryDirectory();
    const before = openDescriptors();
    const root = openRoot(directory);
    for (let i = 0; i < 1000; i++) {
      fs.mkdirSync(root.at(at(`d${i}`)));
      fs.writeFileSync(root.at(at(`d${i}/f`)), '');
    }
    expect(openDescriptors() - before).toBeLessThanOrEqual(301);
    root.close();
    root.close();
    expect(openDescriptors()).toBe(before);
    expect(() => root.at(at('d1/f'))).toThrow(expect.objectContaining({ code: 'closed' }));
  });

  test('keep to the directory that was opened when its name becomes a symlink', () => {
    const { directory, outside } = tree();
    const root = openRoot(directory);
    root.directory(at('a/b'));
    fs.renameSync(path.join(directory, 'a/b'), path.join(directory, 'a/c'));
    fs.symlinkSync(outside, path.join(directory, 'a/b'));
    fs.writeFileSync(root.at(at('a/b/file')), 'x');
    expect(fs.readdirSync(outside)).toEqual(['secret']);
    expect(fs.readdirSync(path.join(directory, 'a/c'))).toEqual(['file']);
    root.forget(at('a/b'));
    expect(() => root.at(at('a/b/file'))).toThrow(expect.objectContaining({ code: 'path' }));
    root.close();
  });

  test('forgotten below a directory are opened anew, others stay', () => {
    const { directory } = tree();
    const root = openRoot(directory);
    root.directory(at('a/b'));
    fs.rmSync(path.join(directory, 'a'), { recursive: true });
    fs.mkdirSync(path.join(directory, 'a/b'), { recursive: true });
    expect(() => fs.writeFileSync(root.at(at('a/b/f')), '')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    root.forget(at('a'));
    fs.writeFileSync(root.at(at('a/b/f')), 'x');
    expect(fs.existsSync(path.join(directory, 'a/b/f'))).toBe(true);
    root.close();
  });
});
