import { expect, test } from 'vitest';
import { installedOf, installNewFiles, type NewFile, packNewFiles } from '../../src/apply/new-files.js';
import { digestOf } from '../../src/model/digest.js';
import type { Name } from '../../src/model/path.js';
import { at, openFolder } from './open-folder.js';

function newFile(parent: string, name: string, content: string): NewFile {
  const bytes = new Uint8Array(Buffer.from(content));
  const metadata = { mtime: 1_700_000_000_123_456, mode: 0o640 };
  return { parent: at(parent), name: name as Name, digest: digestOf(bytes), metadata, content: bytes };
}

test.each([true, false])('new files get their names with content, mode and mtime (fsync: %s)', async (fsync) => {
  const folder = openFolder();
  folder.write('d/there', 'mine');
  const files = [newFile('', 'a', 'one'), newFile('d', 'b', 'two'), newFile('d', 'empty', '')];
  const where = { root: folder.root.shared, stage: folder.stage.lend(), fsync };
  const answer = await installNewFiles(packNewFiles(where, files));
  expect(folder.tree()).toEqual({ a: 'one', 'd/b': 'two', 'd/empty': '', 'd/there': 'mine' });
  for (const [i, path] of ['a', 'd/b', 'd/empty'].entries()) {
    expect(installedOf(answer, i)).toEqual(folder.stat(path));
  }
});

test('what is corrupt, taken or has no directory fails alone and leaves nothing in the stage', async () => {
  const folder = openFolder();
  folder.write('taken', 'mine');
  const corrupt = { ...newFile('', 'bad', 'promised'), content: new Uint8Array(Buffer.from('mangled!')) };
  const files = [corrupt, newFile('', 'taken', 'theirs'), newFile('gone', 'x', 'x'), newFile('', 'good', 'good')];
  const where = { root: folder.root.shared, stage: folder.stage.lend(), fsync: false };
  const answer = await installNewFiles(packNewFiles(where, files));
  expect(installedOf(answer, 0)).toBe('corrupt');
  expect(installedOf(answer, 1)).toMatchObject({ code: 'changed' });
  expect(installedOf(answer, 2)).toMatchObject({ code: 'changed' });
  expect(folder.tree()).toEqual({ good: 'good', taken: 'mine' });
  expect(folder.staged()).toEqual([]);
});
