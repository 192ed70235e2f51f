import { expect, test } from 'vitest';
import { digestOf } from '../../src/model/digest.js';
import { ROOT } from '../../src/model/path.js';
import { ContentIndex } from '../../src/transfer/content-index.js';
import { makeReplica } from './replica-fixture.js';

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
  index.add(ROOT, digestOf(Buffer.from('new content')));
  expect(index.find(digestOf(Buffer.from('new content')))?.path).toBe('a');
});
