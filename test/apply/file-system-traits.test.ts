import { expect, test } from 'vitest';
import { fileSystemTraits } from '../../src/apply/file-system-traits.js';
import { openStage } from '../../src/apply/stage.js';
import type { AnchoredRoot } from '../../src/disk/anchored-root.js';
import { byteStringOfText, textOf } from '../../src/model/byte-string.js';
import type { RelPath } from '../../src/model/path.js';
import { openFolder, STAGE_OPTIONS } from './open-folder.js';

test('are what the disk does, and nothing of the trial stays', () => {
  const { root, staged, tree } = openFolder();
  const stage = openStage(root, STAGE_OPTIONS);
  const traits = fileSystemTraits(root, stage);
  stage.close();
  if (process.platform === 'linux')
    expect(traits).toMatchObject({ caseSensitive: true, unicodeExact: true, hardLinks: true });
  expect(traits.free).toBeGreaterThan(0);
  expect([staged(), tree()]).toEqual([[], {}]);
});

test('a disk that folds case and Unicode forms is seen to do so', () => {
  const { root } = openFolder();
  const fold = (path: RelPath) => byteStringOfText(textOf(path).normalize('NFC').toLowerCase()) as RelPath;
  const folding: AnchoredRoot = {
    path: root.path,
    anchored: root.anchored,
    shared: root.shared,
    at: (path) => root.at(fold(path)),
    directory: (path) => root.directory(fold(path)),
    forget: (path) => root.forget(path),
    close: () => {},
  };
  const stage = openStage(folding, STAGE_OPTIONS);
  expect(fileSystemTraits(folding, stage)).toMatchObject({ caseSensitive: false, unicodeExact: false });
  stage.close();
});
