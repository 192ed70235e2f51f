import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { LocalEntry, TreeSummary } from '../../src/model/entry.js';
import { joinPath, type Name, type RelPath, ROOT } from '../../src/model/path.js';
import { decodeRecord } from '../../src/state/directory-record.js';
import { openState } from '../../src/state/lmdb-state.js';
import { settleSummaries } from '../../src/state/settle-summaries.js';
import { openEnv } from '../../src/state/state-env.js';
import { directoryKey } from '../../src/state/state-keys.js';

test('a tree settled in many transactions has the digests of one that is settled at once', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-test-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  const state = openState(directory, { random: randomBytes, durable: false });
  const edits = directoriesBelow(ROOT, 4).map((at) => ({ path: at, edit: () => entriesOf(at) }));
  state.update(edits);
  await state.close();

  const env = openEnv(directory, { durable: false });
  let rounds = 0;
  let summary: TreeSummary | undefined;
  // Nothing is kept of the transactions' own work but what they wrote.
  while (summary === undefined) {
    rounds++;
    summary = env.transact(() => settleSummaries(env, rounds, (_, record) => decodeRecord(record), 0));
    expect(rounds).toBeLessThan(1000);
  }
  await env.close();
  expect(rounds).toBeGreaterThan(10);

  const again = openState(directory, { random: randomBytes, durable: false });
  again.update(edits.map(({ path: at }) => ({ path: at, edit: (now) => now?.map((entry) => ({ ...entry })) })));
  expect(again.settle()).toEqual(summary);
  expect(summary.entries).toBe(2 * edits.length - 1); // a file in each directory, and the directories but the root
  await again.close();
});

test('a directory that is over the limit by itself does not take a transaction for each directory in it', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-test-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  const names = Array.from({ length: 200 }, (_, i) => `sub${i + 100}` as Name);
  const state = openState(directory, { random: randomBytes, durable: false });
  state.update([
    { path: ROOT, edit: () => names.map((name) => ({ ...(entriesOf(ROOT)[0] as LocalEntry), name })) },
    ...names.map((name) => ({ path: joinPath(ROOT, name), edit: () => entriesOf('a/b/c/d' as RelPath) })),
  ]);
  await state.close();

  const env = openEnv(directory, { durable: false });
  const limit = env.get(directoryKey(joinPath(ROOT, names[0] as Name)))?.length as number;
  const bytesMax = 20 * limit; // less than the record of the directory that holds them has
  expect(env.get(directoryKey(ROOT))?.length).toBeGreaterThan(bytesMax);
  let rounds = 0;
  let summary: TreeSummary | undefined;
  while (summary === undefined) {
    rounds++;
    summary = env.transact(() => settleSummaries(env, rounds, (_, record) => decodeRecord(record), bytesMax));
  }
  await env.close();
  expect(summary.entries).toBe(2 * names.length);
  expect(rounds).toBeLessThan(20);
});

/** Paths of a tree with two directories in each, `levels` deep. */
function directoriesBelow(at: RelPath, levels: number): RelPath[] {
  if (levels === 0) return [at];
  return [at, ...['d', 'e'].flatMap((name) => directoriesBelow(joinPath(at, name as Name), levels - 1))];
}

function entriesOf(at: RelPath): LocalEntry[] {
  const isLeaf = at.split('/').length === 4 && at !== ROOT;
  const names = isLeaf ? ['f'] : ['d', 'e', 'f'];
  return names.map((name) => ({
    name: name as Name,
    kind: name === 'f' ? 'file' : 'directory',
    size: name === 'f' ? at.length : 0,
    mtime: 0,
    mode: 0o644,
    digest: (name === 'f' ? 'x'.repeat(32) : '') as LocalEntry['digest'],
    vector: [],
    lineage: [],
  }));
}
