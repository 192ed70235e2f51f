import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { installFile, installLink } from '../../src/apply/install.js';
import { localStatOf, microsecondsOf, sameStat } from '../../src/disk/local-stat.js';
import { DISKS } from '../disk/temporary-directory.js';
import { at, openFolder } from './open-folder.js';

const MTIME = 1_763_845_200_123_457;
const METADATA = { mtime: MTIME, mode: 0o640 };
const bytes = (text: string): Buffer => Buffer.from(text);
const changed = expect.objectContaining({ code: 'changed' });

describe.each(DISKS)('on %s', (disk) => {
  test('a new file appears with content, exact mtime and mode, and the returned stat is what the next scan sees', () => {
    const folder = openFolder(disk);
    const stat = installFile(folder.root, at('new'), folder.stage.fromBytes(bytes('abc')), METADATA, undefined);
    const stats = fs.lstatSync(folder.real('new'), { bigint: true });
    expect(folder.read('new')).toBe('abc');
    expect(microsecondsOf(stats)).toBe(MTIME);
    expect(Number(stats.mode) & 0o7777).toBe(0o640);
    expect(stats.nlink).toBe(1n);
    expect(sameStat(stat, folder.stat('new'))).toBe(true);
    expect(folder.staged()).toEqual([]);
  });

  test('a file that was scanned is replaced, and its old content leaves the stage with the settling', () => {
    const folder = openFolder(disk);
    const expected = folder.write('f', 'old');
    const stat = installFile(folder.root, at('f'), folder.stage.fromBytes(bytes('newer')), METADATA, expected);
    expect(folder.read('f')).toBe('newer');
    expect(folder.stage.settle()).toEqual([]);
    expect(sameStat(stat, folder.stat('f'))).toBe(true);
    expect(folder.tree()).toEqual({ f: 'newer' });
  });

  test('a file edited, chmodded, replaced or removed after the scan is left alone', () => {
    const edits: ((real: string) => void)[] = [
      (real) => fs.appendFileSync(real, '!'),
      (real) => fs.writeFileSync(real, 'dlo'),
      (real) => fs.chmodSync(real, 0o600),
      (real) => fs.rmSync(real),
      (real) => {
        fs.writeFileSync(`${real}~`, 'old');
        fs.utimesSync(`${real}~`, 1, 1);
        fs.renameSync(`${real}~`, real);
      },
      (real) => {
        fs.rmSync(real);
        fs.mkdirSync(real);
      },
      (real) => {
        fs.rmSync(real);
        fs.symlinkSync('elsewhere', real);
      },
    ];
    for (const edit of edits) {
      const folder = openFolder(disk);
      const expected = folder.write('f', 'old');
      edit(folder.real('f'));
      const before = folder.tree();
      const staged = folder.stage.fromBytes(bytes('new'));
      expect(() => installFile(folder.root, at('f'), staged, METADATA, expected), String(edit)).toThrow(changed);
      expect(folder.tree()).toEqual(before);
    }
  });

  test('a file that appeared after the scan is not overwritten, nor is a symlink or a directory', () => {
    const folder = openFolder(disk);
    folder.write('f', 'mine');
    fs.symlinkSync('f', folder.real('l'));
    fs.symlinkSync('missing', folder.real('dangling'));
    fs.mkdirSync(folder.real('d'));
    const before = folder.tree();
    for (const name of ['f', 'l', 'dangling', 'd']) {
      const staged = folder.stage.fromBytes(bytes('theirs'));
      expect(() => installFile(folder.root, at(name), staged, METADATA, undefined), name).toThrow(changed);
      expect(() => installLink(folder.root, folder.stage, at(name), bytes('x'), MTIME, undefined), name).toThrow(
        changed,
      );
    }
    expect(folder.tree()).toEqual(before);
  });

  test('a symlink is installed with its exact target and time, new or in place of a file or a symlink', () => {
    const folder = openFolder(disk);
    const file = folder.write('file', 'x');
    fs.symlinkSync('old', folder.real('link'));
    const link = folder.stat('link');
    const target = Buffer.from('\xff non-UTF-8 \n', 'latin1');
    for (const [name, expected] of [
      ['new', undefined],
      ['file', file],
      ['link', link],
    ] as const) {
      const stat = installLink(folder.root, folder.stage, at(name), target, -1_500_001, expected);
      expect(fs.readlinkSync(folder.real(name), 'buffer')).toEqual(target);
      expect(microsecondsOf(fs.lstatSync(folder.real(name), { bigint: true }))).toBe(-1_500_001);
      expect(sameStat(stat, folder.stat(name)), name).toBe(true);
    }
    folder.stage.settle();
    expect(folder.staged()).toEqual([]);
  });

  test('a symlink is replaced by a file, and what it points to is untouched', () => {
    const folder = openFolder(disk);
    folder.write('target', 'target');
    fs.symlinkSync('target', folder.real('f'));
    installFile(folder.root, at('f'), folder.stage.fromBytes(bytes('file')), METADATA, folder.stat('f'));
    expect(folder.tree()).toEqual({ f: 'file', target: 'target' });
  });

  test('with a backup path the replaced content stays there, and an older backup is not overwritten', () => {
    const folder = openFolder(disk);
    const install = (content: string): void => {
      const staged = folder.stage.fromBytes(bytes(content));
      installFile(folder.root, at('a/f'), staged, METADATA, folder.stat('a/f'), { keep: at('.p2psync/kept/a/f') });
    };
    folder.write('a/f', '1');
    install('2');
    install('3');
    expect(folder.tree()).toEqual({ 'a/f': '3', '.p2psync/kept/a/f': '1', '.p2psync/kept/a/f.1': '2' });
  });

  test('a backup path below a symlink is refused before anything is replaced', () => {
    const folder = openFolder(disk);
    const expected = folder.write('f', '1');
    fs.symlinkSync(folder.real('.'), folder.real('out'));
    const staged = folder.stage.fromBytes(bytes('2'));
    expect(() => installFile(folder.root, at('f'), staged, METADATA, expected, { keep: at('out/f') })).toThrow(
      expect.objectContaining({ code: 'path' }),
    );
    expect(folder.read('f')).toBe('1');
    expect(folder.staged()).toEqual([]);
  });

  test('an edit through a descriptor that was open before the replacement is kept as a conflict copy', () => {
    const folder = openFolder(disk);
    folder.write('doc.txt', 'old');
    const editor = fs.openSync(folder.real('doc.txt'), 'r+');
    const expected = folder.stat('doc.txt');
    installFile(folder.root, at('doc.txt'), folder.stage.fromBytes(bytes('theirs')), METADATA, expected);
    fs.writeSync(editor, 'mine', 0);
    const saved = folder.stage.settle();
    expect(saved).toHaveLength(1);
    expect(saved[0]?.path).toBe('doc.txt');
    expect(saved[0]?.copy).toMatch(/^doc\.conflict-[0-9a-f]{10}\.txt$/);
    fs.writeSync(editor, ' and more', 4);
    fs.closeSync(editor);
    expect(folder.read('doc.txt')).toBe('theirs');
    expect(folder.read(saved[0]?.copy ?? '')).toBe('mine and more');
    expect(folder.stage.settle()).toEqual([]);
    expect(folder.staged()).toEqual([]);
  });

  test('setuid, setgid and sticky bits of a peer are dropped, whatever the umask', () => {
    const folder = openFolder(disk);
    for (const umask of [0, 0o077]) {
      const before = process.umask(umask);
      try {
        const staged = folder.stage.fromBytes(bytes('#!/bin/sh'));
        installFile(folder.root, at(`f${umask}`), staged, { mtime: MTIME, mode: 0o7777 }, undefined);
      } finally {
        process.umask(before);
      }
      expect(fs.lstatSync(folder.real(`f${umask}`)).mode & 0o7777).toBe(0o777);
    }
  });

  test('what is staged is for nobody else until it is installed', () => {
    const folder = openFolder(disk);
    const before = process.umask(0);
    const staged = folder.stage.fromBytes(bytes('secret'));
    process.umask(before);
    const stats = fs.lstatSync(folder.real(staged.path));
    expect(stats.mode & 0o777).toBe(0o600);
    expect(fs.lstatSync(path.dirname(folder.real(staged.path))).mode & 0o777).toBe(0o700);
    staged.discard();
    staged.discard();
    expect(folder.staged()).toEqual([]);
  });

  test('any content, name, mode and time comes out as it went in', () => {
    const folder = openFolder(disk);
    const name = fc
      .uint8Array({ minLength: 1, maxLength: 30 })
      .map((array) => `n${Buffer.from(array).toString('latin1').replace(/[/\0]/g, '_')}`);
    const file = fc.record({
      name,
      content: fc.uint8Array({ maxLength: 20_000, size: 'max' }),
      mode: fc.integer({ min: 0, max: 0o777 }),
      mtime: fc.integer({ min: -2_000_000_000_000_000, max: 4_102_444_800_000_000 }),
    });
    fc.assert(
      fc.property(file, ({ name, content, mode, mtime }) => {
        const there = fs.lstatSync(folder.root.at(at(name)), { throwIfNoEntry: false });
        const expected = there === undefined ? undefined : localStatOf(there);
        installFile(folder.root, at(name), folder.stage.fromBytes(content), { mtime, mode }, expected);
        const stats = fs.lstatSync(folder.root.at(at(name)), { bigint: true });
        expect(Buffer.compare(fs.readFileSync(folder.root.at(at(name))), content)).toBe(0);
        expect([microsecondsOf(stats), Number(stats.mode) & 0o7777]).toEqual([mtime, mode]);
      }),
      { numRuns: 200 },
    );
  });

  test('a missing or replaced parent directory is an error that leaves no staging behind', () => {
    const folder = openFolder(disk);
    fs.symlinkSync('/', folder.real('out'));
    folder.write('file', '');
    const install = (name: string): void => {
      installFile(folder.root, at(name), folder.stage.fromBytes(bytes('x')), METADATA, undefined);
    };
    expect(() => install('missing/f')).toThrow(changed);
    expect(() => install('out/f')).toThrow(expect.objectContaining({ code: 'path' }));
    expect(() => install('file/f')).toThrow(expect.objectContaining({ code: 'path' }));
    expect(() => install('n'.repeat(256))).toThrow(expect.objectContaining({ code: 'path', problem: 'name' }));
    expect(folder.staged()).toEqual([]);
  });

  test('a directory that was removed and made again between two files is found again', () => {
    const folder = openFolder(disk);
    fs.mkdirSync(folder.real('d'));
    const install = (name: string): void => {
      installFile(folder.root, at(name), folder.stage.fromBytes(bytes('x')), METADATA, undefined);
    };
    install('d/1');
    fs.rmSync(folder.real('d'), { recursive: true });
    fs.mkdirSync(folder.real('d'));
    expect(() => install('d/2')).toThrow(changed);
    install('d/2');
    expect(folder.tree()).toEqual({ 'd/2': 'x' });
  });
});
