/**
 * The work that the scale table measures. `fill` makes a folder, `edit` what happens to it after both sides held the
 * same; without it the row is a first copy, or with `same` a run that has nothing to do. `scale` makes them smaller.
 */
import fs from 'node:fs';
import path from 'node:path';
import { ageTree } from '../data/age-tree.mjs';
import { unpackPackage } from '../data/npm-package.mjs';
import { randomBytesOf, randomNumbers, writeRandomFile } from '../data/random.mjs';
import { writeManyFiles } from '../data/small-files.mjs';

const MIB = 1 << 20;

/** @returns {{ key: string, name: string, fill(folder: string): void, same?: true, edit?(folder: string): void, ssh?: true }[]} */
export function scaleCases(scale = 1) {
  const of = (count) => Math.max(1, Math.round(count * scale));
  const small = {
    fill: (folder) => writeManyFiles(folder, { files: of(100_000), directories: of(400), from: 80, to: 16_384 }),
  };
  const wide = {
    fill: (folder) => writeManyFiles(folder, { files: of(200_000), directories: 1, from: 80, to: 80, empty: 9 }),
  };
  const million = { files: of(1_000_000), directories: of(2000), from: 80, to: 80, empty: 9 };
  return [
    {
      key: 'small-new',
      name: `${of(100_000)} files of 80 B to 16 KiB in ${of(400)} directories, first copy`,
      ...small,
    },
    { key: 'small-same', name: 'the same, nothing changed', ...small, same: true },
    { key: 'small-edited', name: 'the same, 1% edited, 100 renamed, one directory moved', ...small, edit: editSome },
    {
      key: 'million',
      name: `${million.files} files in ${million.directories} directories, nothing changed`,
      fill: (folder) => writeManyFiles(folder, million),
      same: true,
    },
    { key: 'wide-new', name: `one directory of ${of(200_000)} files, first copy`, ...wide },
    { key: 'wide-renamed', name: 'the same, renamed', ...wide, edit: renameFirst },
    {
      key: 'large',
      name: `one file of ${of(1024)} MiB, first copy`,
      fill: (folder) => writeRandomFile(path.join(folder, 'data.bin'), of(1024) * MIB, 'large'),
      ssh: true,
    },
    {
      key: 'medium',
      name: `${of(1000)} files of 1 MiB, first copy`,
      fill: (folder) => writeEach(folder, of(1000), MIB),
    },
    {
      key: 'tree',
      name: 'the TypeScript 5.9.3 package, first copy',
      fill: (folder) => unpackPackage('typescript', '5.9.3', folder),
    },
  ].map((one) => ({ ...one, fill: (folder) => filled(folder, one.fill) }));
}

function filled(folder, fill) {
  fs.mkdirSync(folder, { recursive: true });
  fill(folder);
  ageTree(folder);
}

function writeEach(folder, count, size) {
  const next = randomBytesOf('each');
  for (let n = 0; n < count; n++) fs.writeFileSync(path.join(folder, `file-${n}.bin`), next(size));
}

/** Sorted: each disk has an order of its own, and the same must happen to every copy of the tree. */
function sorted(directory) {
  return fs
    .readdirSync(directory)
    .sort()
    .filter((name) => name !== '.p2psync');
}

function renameFirst(folder) {
  fs.renameSync(path.join(folder, sorted(folder)[0]), path.join(folder, 'renamed'));
}

function editSome(folder) {
  const names = sorted(folder);
  const files = names.flatMap((name) => sorted(path.join(folder, name)).map((file) => path.join(folder, name, file)));
  const [next, pick] = [randomBytesOf('edit'), randomNumbers('edit')];
  for (let n = 0; n < files.length / 100; n++) fs.appendFileSync(files[pick(files.length)], next(100));
  for (let n = 0; n < Math.min(100, files.length / 10); n++) {
    const file = files[n * 7];
    fs.renameSync(file, `${file}.renamed`);
  }
  fs.renameSync(path.join(folder, names.at(-1)), path.join(folder, 'moved'));
}
