/**
 * New files that are mostly made of what the receiver has under other names: what the reuse table measures. Each case
 * makes a folder as it was (`before`) and turns it into what it is afterwards (`after`). `deletes`: paths go, and both
 * programs are told to delete. The sizes are those of docs/PERFORMANCE.md; `scale` makes them smaller for a try.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { insertBytes, overwriteBlocks } from '../data/edit-file.mjs';
import { unpackPackage } from '../data/npm-package.mjs';
import { randomNumbers, writeRandomFile } from '../data/random.mjs';
import { appendText, changeLines, textLines, writeLines } from '../data/text.mjs';

const MB = 1_000_000;

/** 470 MB of sources and bundles, a release apart. */
const RELEASES = [
  ['typescript', '5.8.3', '5.9.3'],
  ['next', '15.3.0', '15.4.1'],
  ['googleapis', '148.0.0', '149.0.0'],
  ['aws-sdk', '2.1691.0', '2.1692.0'],
  ['monaco-editor', '0.52.0', '0.52.2'],
];

/** @returns {{ name: string, deletes?: true, before(folder: string): void, after(folder: string): void }[]} */
export function reuseCases(scale = 1) {
  return [
    nextRelease(scale < 1 ? RELEASES.slice(0, 1) : RELEASES),
    backups('backup-21.sql (300 MB) kept, backup-22.sql with 2% of its rows changed', 300 * MB * scale),
    renamedDirectory('200 files of 1 to 20 MB in a renamed directory, 10 of them edited', Math.ceil(200 * scale)),
    concatenated('a file of 150 MB made of three others', 50 * MB * scale),
    rotated('app.log (200 MB) became app.log.1, a new app.log of 100 kB', 200 * MB * scale),
    twins('two new files of 100 MB that share 90%', 100 * MB * scale),
  ];
}

function nextRelease(releases) {
  return {
    name: 'tar of five npm packages (470 MB), the next releases under a new name',
    before: (folder) => packReleases(folder, 'tree-1.tar', releases, 1),
    after: (folder) => packReleases(folder, 'tree-2.tar', releases, 2),
  };
}

/** `which`: 1 the old releases, 2 the next ones. */
function packReleases(folder, name, releases, which) {
  const tree = fs.mkdtempSync(path.join(path.dirname(folder), 'tree-'));
  for (const release of releases) unpackPackage(release[0], release[which], path.join(tree, release[0]));
  fs.mkdirSync(folder, { recursive: true });
  // Owners and order are those of a checkout on one machine; the times are those of unpacking, as in life.
  execFileSync('tar', ['--sort=name', '-cf', path.join(folder, name), '-C', tree, '.']);
  fs.rmSync(tree, { recursive: true });
}

function backups(name, size) {
  const lines = () => textLines('sql', size, 'backup');
  return {
    name,
    before: (folder) => writeLines(path.join(folder, 'backup-21.sql'), lines()),
    after: (folder) =>
      writeLines(path.join(folder, 'backup-22.sql'), changeLines(lines(), 'sql', 0.02, 'a day of changes')),
  };
}

function renamedDirectory(name, count) {
  return {
    name,
    deletes: true,
    before(folder) {
      const pick = randomNumbers('file sizes');
      fs.mkdirSync(path.join(folder, 'projects'), { recursive: true });
      for (let n = 0; n < count; n++) {
        writeRandomFile(path.join(folder, 'projects', `asset-${n}.bin`), MB + pick(19 * MB), `asset ${n}`);
      }
    },
    after(folder) {
      const renamed = path.join(folder, 'archive-2026');
      fs.renameSync(path.join(folder, 'projects'), renamed);
      for (let n = 0; n < 10; n++) {
        const file = path.join(renamed, `asset-${Math.floor((n * count) / 10)}.bin`);
        overwriteBlocks(file, 5, 4096, `edit ${n}`);
        insertBytes(file, 100_000, Buffer.from('a few new bytes'));
      }
    },
  };
}

function concatenated(name, size) {
  const parts = ['one.bin', 'two.bin', 'three.bin'];
  return {
    name,
    before(folder) {
      fs.mkdirSync(folder, { recursive: true });
      for (const part of parts) writeRandomFile(path.join(folder, part), size, part);
    },
    after(folder) {
      for (const part of parts)
        fs.appendFileSync(path.join(folder, 'all.bin'), fs.readFileSync(path.join(folder, part)));
    },
  };
}

function rotated(name, size) {
  return {
    name,
    before: (folder) => appendText(path.join(folder, 'app.log'), 'log', size, 'yesterday'),
    after(folder) {
      fs.renameSync(path.join(folder, 'app.log'), path.join(folder, 'app.log.1'));
      appendText(path.join(folder, 'app.log'), 'log', 100_000, 'today');
    },
  };
}

function twins(name, size) {
  return {
    name,
    before: (folder) => writeRandomFile(path.join(folder, 'other.bin'), MB, 'other'),
    after(folder) {
      writeRandomFile(path.join(folder, 'first.bin'), size, 'first');
      fs.copyFileSync(path.join(folder, 'first.bin'), path.join(folder, 'second.bin'));
      overwriteBlocks(path.join(folder, 'second.bin'), Math.ceil(size / MB / 10), 1_000_000, 'of its own');
    },
  };
}
