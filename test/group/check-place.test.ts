import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openRoot } from '../../src/disk/anchored-root.js';
import { checkPlace } from '../../src/group/check-place.js';
import { writeMarker } from '../../src/group/marker.js';
import { temporaryDirectory } from '../disk/temporary-directory.js';

const MARKER = { folder: 'a'.repeat(32), group: 'b'.repeat(32), epoch: 1 };

function opened() {
  const directory = temporaryDirectory();
  const folder = path.join(directory, 'folder');
  fs.mkdirSync(folder);
  writeMarker(folder, MARKER);
  const root = openRoot(folder);
  onTestFinished(() => root.close());
  return { directory, folder, check: () => checkPlace({ root: folder, folderId: MARKER.folder }, root) };
}

test('a folder that is where it was passes', () => {
  expect(opened().check).not.toThrow();
});

test('a folder whose marker went is refused', () => {
  const { folder, check } = opened();
  fs.rmSync(path.join(folder, '.p2psync'), { recursive: true });
  expect(check).toThrow(/marker .* is missing: is the disk mounted/);
});

test('a folder that is gone is refused', () => {
  const { folder, check } = opened();
  fs.renameSync(folder, `${folder}-away`);
  expect(check).toThrow(/is gone/);
});

test.each(['directory', 'symlink'] as const)('a folder that a %s took the place of is refused', (kind) => {
  const { folder, check } = opened();
  fs.renameSync(folder, `${folder}-away`);
  if (kind === 'directory') fs.cpSync(`${folder}-away`, folder, { recursive: true });
  else fs.symlinkSync(`${folder}-away`, folder);
  expect(check).toThrow(/is not the folder that was opened/);
});

test('a folder with the marker of another one is refused', () => {
  const { folder, check } = opened();
  writeMarker(folder, { ...MARKER, folder: 'c'.repeat(32) });
  expect(check).toThrow(/holds another folder/);
});
