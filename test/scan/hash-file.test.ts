import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openRoot } from '../../src/disk/anchored-root.js';
import type { RelPath } from '../../src/model/path.js';
import { DigestThread, SPAN_BYTES } from '../../src/scan/digest-thread.js';
import { hashFile } from '../../src/scan/hash-file.js';
import { Pace } from '../../src/scan/pace.js';
import { temporaryDirectory } from '../disk/temporary-directory.js';

const thread = new DigestThread();
thread.isWorth(2 ** 40); // from now on it is
afterAll(() => thread.close());

function place(content: Uint8Array) {
  const directory = temporaryDirectory();
  fs.writeFileSync(path.join(directory, 'f'), content);
  const root = openRoot(directory);
  const hash = (helper?: DigestThread, pace = new Pace(undefined, () => {})) =>
    hashFile(root, 'f' as RelPath, fs.statSync(path.join(directory, 'f')), pace, helper);
  return { file: path.join(directory, 'f'), hash };
}

test('a second thread finds the digest and the signature that one alone finds', async () => {
  for (const size of [1_000_000, SPAN_BYTES - 1, SPAN_BYTES, SPAN_BYTES + 1, 2 * SPAN_BYTES + 70_001]) {
    const { hash } = place(randomBytes(size));
    const alone = await hash();
    expect(alone?.signature, String(size)).toBeDefined();
    expect(await hash(thread), String(size)).toEqual(alone);
  }
});

test.each(['shrinks', 'grows', 'is written to'])('a file that %s while two read it has no digest', async (how) => {
  const { file, hash } = place(randomBytes(3 * SPAN_BYTES));
  const change = () => {
    if (how === 'shrinks') fs.truncateSync(file, SPAN_BYTES + 5);
    else if (how === 'grows') fs.appendFileSync(file, 'x');
    else fs.writeSync(fs.openSync(file, 'r+'), 'x', 5);
  };
  let turns = 0;
  const pace = new Pace(undefined, () => {
    if (turns++ === 0) change();
  });
  expect(await hash(thread, pace)).toBeUndefined();
  expect(turns).toBeGreaterThan(0);
  expect((await hash(thread))?.digest).toEqual((await hash())?.digest); // and the thread goes on
});

test('an interrupted scan leaves nothing open for the thread', async () => {
  const { hash } = place(randomBytes(2 * SPAN_BYTES));
  const stop = new AbortController();
  const pace = new Pace(stop.signal, () => stop.abort());
  await expect(hash(thread, pace)).rejects.toMatchObject({ code: 'interrupted' });
  expect(await hash(thread)).toEqual(await hash());
});
