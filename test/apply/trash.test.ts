import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { removeToTrash } from '../../src/apply/trash.js';
import { DISKS } from '../disk/temporary-directory.js';
import { at, openFolder } from './open-folder.js';

const NOW = { now: Date.parse('2026-01-02T03:04:05.678Z') };
const TRASH = '.p2psync/trash/2026-01-02T03-04-05Z';
const changed = expect.objectContaining({ code: 'changed' });

describe.each(DISKS)('on %s', (disk) => {
  test('a removed file or symlink keeps its path, content and time in the trash', () => {
    const folder = openFolder(disk);
    const expected = folder.write('a/b/f', 'x', 3_000_000);
    fs.symlinkSync('f', folder.real('a/b/l'));
    expect(removeToTrash(folder.root, at('a/b/f'), expected, NOW)).toBe(`${TRASH}/a/b/f`);
    removeToTrash(folder.root, at('a/b/l'), folder.stat('a/b/l'), NOW);
    expect(folder.tree()).toEqual({ [`${TRASH}/a/b/f`]: 'x', [`${TRASH}/a/b/l`]: '-> f' });
    expect(fs.lstatSync(folder.real(`${TRASH}/a/b/f`)).mtimeMs).toBe(3000);
    expect(fs.lstatSync(folder.real('.p2psync/trash')).mode & 0o777).toBe(0o700);
  });

  test('nothing in the trash is overwritten, even where a file stands in for a directory', () => {
    const folder = openFolder(disk);
    for (const [name, content] of [
      ['a', '1'],
      ['a', '2'],
      ['a', '3'],
    ] as const) {
      removeToTrash(folder.root, at(name), folder.write(name, content), NOW);
    }
    removeToTrash(folder.root, at('a/f'), folder.write('a/f', '4'), NOW);
    expect(folder.tree()).toEqual({
      [`${TRASH}/a`]: '1',
      [`${TRASH}.1/a`]: '2',
      [`${TRASH}.2/a`]: '3',
      [`${TRASH}.3/a/f`]: '4',
    });
  });

  test('what changed since the scan, and a directory, stays', () => {
    const folder = openFolder(disk);
    const expected = folder.write('f', 'x');
    folder.write('f', 'y');
    expect(() => removeToTrash(folder.root, at('f'), expected, NOW)).toThrow(changed);
    fs.mkdirSync(folder.real('d'));
    expect(() => removeToTrash(folder.root, at('d'), folder.stat('d'), NOW)).toThrow(changed);
    expect(() => removeToTrash(folder.root, at('missing'), expected, NOW)).toThrow(changed);
    expect(folder.tree()).toEqual({ f: 'y' });
  });

  test('a trash that is a symlink is refused', () => {
    const folder = openFolder(disk);
    fs.symlinkSync('/tmp', folder.real('.p2psync/trash'));
    const expected = folder.write('f', 'x');
    expect(() => removeToTrash(folder.root, at('f'), expected, NOW)).toThrow(expect.objectContaining({ code: 'path' }));
    expect(folder.read('f')).toBe('x');
  });
});
