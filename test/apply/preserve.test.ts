import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { installFile } from '../../src/apply/install.js';
import { moveAside, preserve } from '../../src/apply/preserve.js';
import { sameStat } from '../../src/disk/local-stat.js';
import { DISKS } from '../disk/temporary-directory.js';
import { at, openFolder } from './open-folder.js';

const METADATA = { mtime: 7_000_000, mode: 0o644 };
const changed = expect.objectContaining({ code: 'changed' });

describe.each(DISKS)('on %s', (disk) => {
  test('the present content is kept at the copy with its time, and the original can then be replaced', () => {
    const folder = openFolder(disk);
    const { root, stage } = folder;
    const expected = folder.write('f', 'mine', 3_000_000);
    const kept = preserve(root, stage, at('f'), at('f.copy'), expected);
    const staged = stage.fromBytes(Buffer.from('theirs'));
    installFile(root, at('f'), staged, METADATA, kept.stat, { preserved: true });
    expect(folder.tree()).toEqual({ f: 'theirs', 'f.copy': 'mine' });
    expect(fs.lstatSync(folder.real('f.copy')).mtimeMs).toBe(3000);
    const recorded = folder.stat('f.copy');
    expect(stage.settle()).toEqual([]);
    // Settling must not move its ctime, or the next scan would read it again.
    expect(folder.stat('f.copy')).toEqual(recorded);
  });

  test('a copy that is there with the same content is fine, of a file and of a symlink', () => {
    const folder = openFolder(disk);
    const { root, stage } = folder;
    const big = 'x'.repeat(600_000);
    const expected = folder.write('f', big);
    const copy = folder.write('f.copy', big);
    expect(sameStat(preserve(root, stage, at('f'), at('f.copy'), expected).copy, copy)).toBe(true);
    fs.symlinkSync('target', folder.real('l'));
    fs.symlinkSync('target', folder.real('l.copy'));
    preserve(root, stage, at('l'), at('l.copy'), folder.stat('l'));
    expect(folder.stat('f')).toEqual(expected);
  });

  test('where the copy was there already, an edit during the replacement is kept all the same', () => {
    const folder = openFolder(disk);
    const { root, stage } = folder;
    folder.write('f.copy', 'mine');
    const kept = preserve(root, stage, at('f'), at('f.copy'), folder.write('f', 'mine'));
    const editor = fs.openSync(folder.real('f'), 'a');
    installFile(root, at('f'), stage.fromBytes(Buffer.from('theirs')), METADATA, kept.stat, { preserved: true });
    fs.writeSync(editor, '!');
    fs.closeSync(editor);
    const copies = stage.settle().map(({ copy }) => folder.read(copy));
    expect(copies).toEqual(['mine!']);
    expect(folder.read('f.copy')).toBe('mine');
  });

  test('a copy that is there with other content is left alone, and so is the original', () => {
    const folder = openFolder(disk);
    const { root, stage } = folder;
    const big = 'x'.repeat(600_000);
    const expected = folder.write('f', `${big}a`);
    folder.write('other', `${big}b`);
    folder.write('short', 'b');
    fs.symlinkSync('f', folder.real('link'));
    fs.mkdirSync(folder.real('dir'));
    const before = folder.tree();
    for (const copy of ['other', 'short', 'link', 'dir']) {
      expect(() => preserve(root, stage, at('f'), at(copy), expected), copy).toThrow(changed);
      expect(() => moveAside(root, stage, at('f'), at(copy), expected), copy).toThrow(changed);
    }
    expect(folder.tree()).toEqual(before);
  });

  test('what changed since the scan is not taken for what was scanned', () => {
    const folder = openFolder(disk);
    const expected = folder.write('f', 'old');
    folder.write('f', 'new');
    expect(() => preserve(folder.root, folder.stage, at('f'), at('c'), expected)).toThrow(changed);
    expect(() => moveAside(folder.root, folder.stage, at('f'), at('c'), expected)).toThrow(changed);
    expect(folder.tree()).toEqual({ f: 'new' });
  });

  test('a file or a symlink makes room for a directory', () => {
    const folder = openFolder(disk);
    const { root, stage } = folder;
    const expected = folder.write('f', 'x');
    const stat = moveAside(root, stage, at('f'), at('f.copy'), expected);
    expect(sameStat(stat, folder.stat('f.copy'))).toBe(true);
    fs.symlinkSync('f.copy', folder.real('l'));
    moveAside(root, stage, at('l'), at('l.copy'), folder.stat('l'));
    expect(folder.tree()).toEqual({ 'f.copy': 'x', 'l.copy': '-> f.copy' });
    expect(fs.lstatSync(folder.real('f.copy')).nlink).toBe(1);
  });
});
