import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { setMetadata } from '../../src/apply/set-metadata.js';
import { microsecondsOf, sameStat } from '../../src/disk/local-stat.js';
import { DISKS } from '../disk/temporary-directory.js';
import { at, openFolder } from './open-folder.js';

const changed = expect.objectContaining({ code: 'changed' });

describe.each(DISKS)('on %s', (disk) => {
  test('mtime and mode are set exactly, the content stays, even of a file that nobody may read', () => {
    const folder = openFolder(disk);
    for (const [from, to] of [
      [0o644, 0o600],
      [0, 0o444],
      [0o644, 0],
    ] as const) {
      folder.write('f', 'x');
      fs.chmodSync(folder.real('f'), from);
      const stat = setMetadata(folder.root, at('f'), { mtime: -1_000_001, mode: to | 0o4000 }, folder.stat('f'));
      const stats = fs.lstatSync(folder.real('f'), { bigint: true });
      expect([microsecondsOf(stats), Number(stats.mode) & 0o7777]).toEqual([-1_000_001, to]);
      expect(sameStat(stat, folder.stat('f'))).toBe(true);
      expect(folder.read('f')).toBe('x');
      fs.rmSync(folder.real('f'));
    }
  });

  test('the time of a symlink is set, not that of its target', () => {
    const folder = openFolder(disk);
    const target = folder.write('target', 'x');
    fs.symlinkSync('target', folder.real('l'));
    setMetadata(folder.root, at('l'), { mtime: 5_000_001, mode: 0 }, folder.stat('l'));
    expect(microsecondsOf(fs.lstatSync(folder.real('l'), { bigint: true }))).toBe(5_000_001);
    expect(folder.stat('target')).toEqual(target);
  });

  test('what changed since the scan, or became something else, is left alone', () => {
    const folder = openFolder(disk);
    const expected = folder.write('f', 'x');
    fs.appendFileSync(folder.real('f'), 'y');
    const now = folder.stat('f');
    const set = (): unknown => setMetadata(folder.root, at('f'), { mtime: 0, mode: 0o600 }, expected);
    expect(set).toThrow(changed);
    expect(folder.stat('f')).toEqual(now);
    fs.rmSync(folder.real('f'));
    expect(set).toThrow(changed);
    fs.mkdirSync(folder.real('f'));
    expect(set).toThrow(changed);
  });
});
