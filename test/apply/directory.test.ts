import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  finishDirectory,
  makeDirectory,
  removeDirectory,
  syncDirectory,
  unlockDirectory,
} from '../../src/apply/directory.js';
import { DISKS } from '../disk/temporary-directory.js';
import { at, openFolder } from './open-folder.js';

const changed = expect.objectContaining({ code: 'changed' });

describe.each(DISKS)('on %s', (disk) => {
  test('a directory can be filled by its owner until it is finished, whatever its mode and the umask', () => {
    const folder = openFolder(disk);
    const mode = (): number => fs.lstatSync(folder.real('d')).mode & 0o7777;
    const before = process.umask(0o077);
    expect(makeDirectory(folder.root, at('d'), 0o2555)).toBe(true);
    process.umask(before);
    expect(mode()).toBe(0o755);
    finishDirectory(folder.root, at('d'), 0o2555);
    expect(mode()).toBe(0o555);
    expect(unlockDirectory(folder.root, at('d'))).toBe(0o555);
    expect(mode()).toBe(0o755);
    expect(unlockDirectory(folder.root, at('d'))).toBeUndefined();
  });

  test('a directory that is there keeps its mode; a file or symlink in its place is left alone', () => {
    const folder = openFolder(disk);
    fs.mkdirSync(folder.real('d'), 0o700);
    expect(makeDirectory(folder.root, at('d'), 0o755)).toBe(false);
    expect(fs.lstatSync(folder.real('d')).mode & 0o777).toBe(0o700);
    folder.write('f', 'x');
    fs.symlinkSync('d', folder.real('l'));
    expect(() => makeDirectory(folder.root, at('f'), 0o755)).toThrow(changed);
    expect(() => makeDirectory(folder.root, at('l'), 0o755)).toThrow(changed);
    expect(folder.tree()).toEqual({ f: 'x', l: '-> d' });
  });

  test('only an empty directory is removed', () => {
    const folder = openFolder(disk);
    folder.write('d/f', 'x');
    fs.mkdirSync(folder.real('e'));
    fs.symlinkSync('e', folder.real('l'));
    expect(() => removeDirectory(folder.root, at('d'))).toThrow(changed);
    expect(() => removeDirectory(folder.root, at('l'))).toThrow(expect.objectContaining({ code: 'path' }));
    removeDirectory(folder.root, at('e'));
    expect(() => removeDirectory(folder.root, at('e'))).toThrow(changed);
    expect(folder.tree()).toEqual({ 'd/f': 'x', l: '-> e' });
    makeDirectory(folder.root, at('e'), 0o755);
    expect(fs.readdirSync(folder.root.directory(at('e')))).toEqual([]);
  });

  test('a directory is made durable, a missing one is an error', () => {
    const folder = openFolder(disk);
    folder.write('d/f', 'x');
    syncDirectory(folder.root, at('d'));
    syncDirectory(folder.root, at(''));
    expect(() => syncDirectory(folder.root, at('missing'))).toThrow(changed);
  });
});
