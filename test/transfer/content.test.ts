import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Digest, digestOf } from '../../src/model/digest.js';
import { joinPath, type RelPath, ROOT } from '../../src/model/path.js';
import type { Channel } from '../../src/session/channel.js';
import { ContentFetcher } from '../../src/transfer/fetch-content.js';
import { memoryPair } from '../session/memory-pair.js';
import { makeReplica, sessionTo } from './replica-fixture.js';

/** Fetches one content into memory. */
async function fetchAll(fetcher: ContentFetcher, path: RelPath, digest: Digest, size: number) {
  const parts: Buffer[] = [];
  const outcome = await fetcher.fetch({ path, digest, size }, (bytes) => parts.push(Buffer.from(bytes)));
  return { outcome, bytes: Buffer.concat(parts) };
}

describe('contents', () => {
  test('of many small files, an empty one and one of several frames arrive whole, asked for all at once', async () => {
    const files = Object.fromEntries(Array.from({ length: 700 }, (_, i) => [`f${i}`, randomBytes(i % 50)]));
    const { folder, replica } = await makeReplica({ ...files, large: randomBytes(1_000_001) });
    const fetcher = new ContentFetcher(await sessionTo(replica));
    const entries = folder.state.directory(ROOT) ?? [];

    const fetched = await Promise.all(
      entries.map(({ name, digest, size }) => fetchAll(fetcher, joinPath(ROOT, name), digest, size)),
    );

    for (const [i, { outcome, bytes }] of fetched.entries()) {
      expect(outcome).toBe('ok');
      expect(digestOf(bytes)).toBe(entries[i]?.digest);
    }
    await fetcher.close();
  });

  test('that changed, vanished or were never there are gone, and the others still arrive', async () => {
    const { folder, replica } = await makeReplica({ changed: 'before', vanished: 'v', stays: 'stays' });
    const [changed, stays, vanished] = folder.state.directory(ROOT) ?? [];
    if (!changed || !stays || !vanished) throw new Error('expected three entries');
    fs.writeFileSync(folder.at('changed'), 'after!');
    fs.rmSync(folder.at('vanished'));
    const fetcher = new ContentFetcher(await sessionTo(replica));

    const ask = (name: string, { digest, size }: typeof changed) => fetchAll(fetcher, name as RelPath, digest, size);
    const outcomes = await Promise.all([
      ask('changed', changed),
      ask('vanished', vanished),
      ask('never', stays),
      ask('stays', vanished),
      ask('stays', stays),
    ]);

    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['gone', 'gone', 'gone', 'gone', 'ok']);
    expect(outcomes[4]?.bytes.toString()).toBe('stays');
  });

  test('whose sink fails do not disturb those behind them', async () => {
    const { folder, replica } = await makeReplica({ a: 'aa', b: 'bb' });
    const [a, b] = folder.state.directory(ROOT) ?? [];
    if (!a || !b) throw new Error('expected two entries');
    const fetcher = new ContentFetcher(await sessionTo(replica));
    const failing = fetcher.fetch({ path: a.name as string as RelPath, digest: a.digest, size: 2 }, () => {
      throw new Error('disk full');
    });
    const whole = fetchAll(fetcher, b.name as string as RelPath, b.digest, 2);
    await expect(failing).rejects.toThrow('disk full');
    expect((await whole).bytes.toString()).toBe('bb');
  });

  test.each([
    ['more bytes than declared', [{ item: 0, length: 11, status: 'last' }], 11],
    ['fewer bytes than declared', [{ item: 0, length: 9, status: 'last' }], 9],
    ['an item that was not asked for', [{ item: 1, length: 10, status: 'last' }], 10],
    ['a segment longer than its frame', [{ item: 0, length: 10, status: 'last' }], 5],
    ['bytes that no segment claims', [{ item: 0, length: 10, status: 'last' }], 12],
  ] as const)('with %s are refused with a protocol error', async (_, segments, bytes) => {
    const { initiator, listener } = await memoryPair();
    listener.serve('content', async (channel: Channel) => {
      await channel.receive();
      await channel.send({ type: 'contents', segments }, Buffer.alloc(bytes));
      await channel.end();
    });
    const fetcher = new ContentFetcher(initiator);
    const digest = digestOf(Buffer.from('x'));
    const wanted = fetcher.fetch({ path: 'f' as RelPath, digest, size: 10 }, () => {});
    await expect(wanted).rejects.toMatchObject({ code: 'protocol' });
    await initiator.close();
  });
});
