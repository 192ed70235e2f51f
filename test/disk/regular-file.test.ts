import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openRoot } from '../../src/disk/anchored-root.js';
import { localStatOf } from '../../src/disk/local-stat.js';
import { openRegularFile } from '../../src/disk/regular-file.js';
import type { RelPath } from '../../src/model/path.js';
import { temporaryDirectory } from './temporary-directory.js';

test('a regular file is opened, a symlink, FIFO, directory, missing or changed file is not, and nothing hangs', () => {
  const directory = temporaryDirectory();
  fs.writeFileSync(path.join(directory, 'file'), 'abc');
  fs.symlinkSync('file', path.join(directory, 'link'));
  execFileSync('mkfifo', [path.join(directory, 'fifo')]);
  fs.mkdirSync(path.join(directory, 'dir'));
  const root = openRoot(directory);
  const expected = localStatOf(fs.lstatSync(path.join(directory, 'file')));
  const { fd } = openRegularFile(root, 'file' as RelPath, expected);
  expect(fs.readFileSync(fd, 'utf8')).toBe('abc');
  fs.closeSync(fd);
  for (const name of ['link', 'fifo', 'dir', 'missing']) {
    expect(() => openRegularFile(root, name as RelPath), name).toThrow(expect.objectContaining({ code: 'changed' }));
  }
  fs.appendFileSync(path.join(directory, 'file'), 'd');
  expect(() => openRegularFile(root, 'file' as RelPath, expected)).toThrow(
    expect.objectContaining({ code: 'changed' }),
  );
  root.close();
});
