/** File systems that take two names for one are rarely at hand: this root folds case, as macOS and Windows do. */
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { makeDirectory } from '../../src/apply/directory.js';
import { installFile, installLink } from '../../src/apply/install.js';
import { preserve } from '../../src/apply/preserve.js';
import { openStage } from '../../src/apply/stage.js';
import { type AnchoredRoot, openRoot } from '../../src/disk/anchored-root.js';
import { byteStringOfText, textOf } from '../../src/model/byte-string.js';
import type { RelPath } from '../../src/model/path.js';
import { at, openFolder, STAGE_OPTIONS } from './open-folder.js';

test('a name that is folded onto another one is refused, and the other one is untouched', () => {
  const folder = openFolder();
  const expected = folder.write('readme', 'mine');
  folder.write('übung', 'mine');
  fs.mkdirSync(folder.real('src'));
  const root = foldingRoot(folder.real('.'));
  const stage = openStage(root, STAGE_OPTIONS);
  const twin = expect.objectContaining({ code: 'path', problem: 'name' });
  const metadata = { mtime: 0, mode: 0o644 };
  const install = (name: string): unknown =>
    installFile(root, at(name), stage.fromBytes(Buffer.from('theirs')), metadata, undefined);
  expect(() => install('README')).toThrow(twin);
  expect(() => install('ReadMe')).toThrow(twin);
  expect(() => installLink(root, stage, at('README'), Buffer.from('x'), 0, undefined)).toThrow(twin);
  expect(() => makeDirectory(root, at('SRC'), 0o755)).toThrow(twin);
  expect(() => preserve(root, stage, at('readme'), at(byteStringOfText('ÜBUNG')), expected)).toThrow(twin);
  // The name as it is on the disk is only taken, not folded.
  expect(() => install('readme')).toThrow(expect.objectContaining({ code: 'changed' }));
  expect(makeDirectory(root, at('src'), 0o755)).toBe(false);
  stage.close();
  root.close();
  expect(folder.tree()).toEqual({ readme: 'mine', übung: 'mine' });
});

function foldingRoot(directory: string): AnchoredRoot {
  const root = openRoot(directory);
  const fold = (path: RelPath): RelPath => byteStringOfText(textOf(path).toLowerCase()) as RelPath;
  return {
    path: root.path,
    anchored: root.anchored,
    shared: root.shared,
    at: (path) => root.at(fold(path)),
    directory: (path) => root.directory(fold(path)),
    forget: (path) => root.forget(fold(path)),
    close: () => root.close(),
  };
}
