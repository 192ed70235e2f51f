import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { existingRoot } from '../../src/group/folder-root.js';
import { temporaryDirectory } from '../disk/temporary-directory.js';

test('a folder that is missing is told how to make it', () => {
  const missing = path.join(temporaryDirectory(), 'my photos');
  expect(() => existingRoot(missing)).toThrow(
    `does not exist: is its disk mounted? A new one is made with mkdir -p '${missing}'`,
  );
});

test('a path that is no UTF-8 is told what it needs, not to make a folder of another name', () => {
  const directory = temporaryDirectory();
  const exact = Buffer.concat([Buffer.from(`${directory}/bad`), Buffer.from([0xff])]);
  fs.mkdirSync(exact);
  const asNodeSaysIt = exact.toString(); // as in process.argv
  expect(() => existingRoot(asNodeSaysIt)).toThrow(/expected a path in UTF-8/);
  expect(() => existingRoot(asNodeSaysIt)).not.toThrow(/mkdir/);
});

test('a path that cannot be opened is told why', () => {
  const file = path.join(temporaryDirectory(), 'file');
  fs.writeFileSync(file, '');
  expect(() => existingRoot(path.join(file, 'below'))).toThrow(/expected one that this user may open, got ENOTDIR/);
});
