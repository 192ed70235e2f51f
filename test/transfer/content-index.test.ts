import { expect, test } from 'vitest';
import { byteStringOf } from '../../src/model/byte-string.js';
import { type Digest, digestOf } from '../../src/model/digest.js';
import type { LocalEntry } from '../../src/model/entry.js';
import { type RelPath, ROOT } from '../../src/model/path.js';
import type { FolderState } from '../../src/state/folder-state.js';
import { ContentIndex } from '../../src/transfer/content-index.js';
import { countLookups, makeReplica } from './replica-fixture.js';

test('a content is found wherever it lies, also among thousands and after the table has grown', async () => {
  const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`f${i}`, `content ${i}`]));
  const { folder } = await makeReplica({ many, sub: { deep: { one: 'only here' } } });
  const index = ContentIndex.build(folder.state);
  expect(index.find(digestOf(Buffer.from('only here')))?.path).toBe('sub/deep/one');
  for (let i = 0; i < 3_000; i += 97)
    expect(index.find(digestOf(Buffer.from(`content ${i}`)))?.path).toBe(`many/f${i}`);
  expect(index.find(digestOf(Buffer.from('nowhere')))).toBeUndefined();
});

test('a content that has gone since is not found, and one that was added is', async () => {
  const { folder } = await makeReplica({ a: 'old' });
  const index = ContentIndex.build(folder.state);
  folder.write({ a: 'new content' });
  await folder.rescan();
  expect(index.find(digestOf(Buffer.from('old')))).toBeUndefined();
  expect(index.find(digestOf(Buffer.from('new content')))).toBeUndefined();
  for (const entry of folder.state.directory(ROOT) ?? []) index.add(ROOT, entry);
  expect(index.find(digestOf(Buffer.from('new content')))?.path).toBe('a');
});

test('a wide directory is looked up once, whatever is found in it and comes to it', async () => {
  const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`f${i}`, `content ${i}`]));
  const { folder } = await makeReplica({ wide });
  const index = ContentIndex.build(folder.state);
  const lookups = countLookups(folder.state);
  const find = (text: string) => index.find(digestOf(Buffer.from(text)));
  for (let i = 0; i < 1_000; i += 7) expect(find(`content ${i}`)?.path).toBe(`wide/f${i}`);
  const come = { ...find('content 0')?.entry, name: 'new', digest: digestOf(Buffer.from('came since')) } as LocalEntry;
  index.add('wide' as RelPath, come);
  expect(find('came since')).toEqual({ path: 'wide/new', entry: come });
  expect(lookups()).toBe(1);
});

test('fifty thousand files of one content take no longer to index than so many others', () => {
  const files = Array.from(
    { length: 50_000 },
    (_, i) => ({ kind: 'file', size: 1, stat: {}, name: `f${i}` }) as LocalEntry,
  );
  const timeOf = (digestAt: (i: number) => string): number => {
    const entries = files.map((file, i) => ({ ...file, digest: digestAt(i) as Digest }));
    const state = { directory: () => entries } as unknown as FolderState;
    const started = performance.now();
    expect(ContentIndex.build(state).find(digestAt(0) as Digest)).toBeDefined();
    return performance.now() - started;
  };
  const different = timeOf((i) => byteStringOf(digestBytes(i)));
  expect(timeOf(() => 'x'.repeat(32))).toBeLessThan(10 * different); // 40 times as long when each walked along all before it
});

function digestBytes(i: number): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.writeUInt32LE(Math.imul(i, 0x9e3779b1) >>> 0);
  return bytes;
}

test('of a content that is in many directories the newest place is found when the others are gone', async () => {
  const twenty = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`d${i}`, { f: 'everywhere' }]));
  const { folder } = await makeReplica(twenty);
  const index = ContentIndex.build(folder.state);
  folder.write({
    ...Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`d${i}`, { f: 'else' }])),
    new: 'everywhere',
  });
  await folder.rescan();
  for (const entry of folder.state.directory(ROOT) ?? []) if (entry.kind === 'file') index.add(ROOT, entry);
  expect(index.find(digestOf(Buffer.from('everywhere')))?.path).toBe('new');
});
