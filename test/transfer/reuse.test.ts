/** Tier 2: a new file is made of parts of other files of the receiver, whatever their names. */
import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { encodeChunks } from '../../src/delta/chunk-codec.js';
import { digestOf } from '../../src/model/digest.js';
import { type RelPath, ROOT } from '../../src/model/path.js';
import { ContentIndex } from '../../src/transfer/content-index.js';
import { Pool } from '../../src/transfer/pool.js';
import type { Replica } from '../../src/transfer/replica.js';
import { ReuseIndex } from '../../src/transfer/reuse-index.js';
import { receiveReuse } from '../../src/transfer/reuse-receive.js';
import { noise } from '../delta/patch.js';
import { memoryPair } from '../session/memory-pair.js';
import { pull } from './pull.js';
import { makeReplica, type TestReplica } from './replica-fixture.js';

const MB = 1_000_000;

/** A content with one byte changed every `distance` bytes. */
function edited(bytes: Buffer, distance: number): Buffer {
  const copy = Buffer.from(bytes);
  for (let at = distance; at < copy.length; at += distance) copy[at] = (copy[at] as number) ^ 255;
  return copy;
}

/** Has the receiver pull; what it counted for `name`, after making sure that the content arrived. */
async function pulled(receiver: TestReplica, sender: TestReplica, name: string) {
  const { counts, problems } = await pull(receiver, sender);
  expect(problems).toEqual([]);
  expect(fs.readFileSync(receiver.folder.at(name)).equals(fs.readFileSync(sender.folder.at(name)))).toBe(true);
  const { literalBytes, matchedBytes, reusedBytes } = counts.find((change) => change.name === name) ?? {};
  return { literalBytes, matchedBytes, reusedBytes };
}

describe('a new file', () => {
  test('that is an edited copy of another costs its edits', async () => {
    const old = noise(3 * MB, 1);
    const receiver = await makeReplica({ 'backup-21.sql': old });
    const sender = await makeReplica({ 'backup-22.sql': edited(old, 100_000) });
    const { literalBytes, reusedBytes } = await pulled(receiver, sender, 'backup-22.sql');
    expect(literalBytes).toBeLessThan(30 * 600);
    expect(Number(literalBytes) + Number(reusedBytes)).toBe(3 * MB);
  });

  test('that is made of three others costs next to nothing', async () => {
    const [one, two, three] = [noise(MB, 1), noise(MB, 2), noise(700_000, 3)];
    const receiver = await makeReplica({ one, deep: { down: { two } }, three });
    const sender = await makeReplica({ all: Buffer.concat([two, three, one]) });
    expect((await pulled(receiver, sender, 'all')).literalBytes).toBeLessThan(30_000);
  });

  test('that shares much with another new file has that crossing once', async () => {
    const common = noise(2 * MB, 4);
    const receiver = await makeReplica({ other: noise(100_000, 5) });
    const sender = await makeReplica({
      first: Buffer.concat([noise(300_000, 6), common]),
      second: Buffer.concat([common, noise(300_000, 7)]),
    });
    const { counts } = await pull(receiver, sender);
    const literal = counts.reduce((sum, { literalBytes }) => sum + literalBytes, 0);
    expect(literal).toBeLessThan(2 * MB + 2 * 300_000 + 50_000);
  });

  test('that is like nothing else here arrives whole', async () => {
    const receiver = await makeReplica({ other: noise(500_000, 8) });
    const sender = await makeReplica({ file: noise(600_000, 9) });
    expect(await pulled(receiver, sender, 'file')).toEqual({
      literalBytes: 600_000,
      matchedBytes: 0,
      reusedBytes: 0,
    });
  });

  test.each([
    ['is gone', (receiver: TestReplica) => fs.rmSync(receiver.folder.at('old'))],
    ['was replaced', (receiver: TestReplica) => fs.writeFileSync(receiver.folder.at('old'), noise(2 * MB, 99))],
    ['was cut short', (receiver: TestReplica) => fs.truncateSync(receiver.folder.at('old'), MB)],
  ])('whose only likeness %s since the scan arrives all the same', async (_what, change) => {
    const old = noise(2 * MB, 10);
    const receiver = await makeReplica({ old });
    const sender = await makeReplica({ copy: edited(old, 500_000) });
    change(receiver);
    expect((await pulled(receiver, sender, 'copy')).reusedBytes).toBe(0);
  });

  test('is not made of a file whose remembered chunks are those of another content', async () => {
    const old = noise(2 * MB, 11);
    const receiver = await makeReplica({ old });
    const sender = await makeReplica({ copy: edited(old, 500_000), unlike: noise(2 * MB, 12) });
    const digests = new Map((sender.folder.state.directory(ROOT) ?? []).map(({ name, digest }) => [name, digest]));
    await pull(await makeReplica({ seed: old }), sender); // now the sender remembers chunks of both
    const wrong = sender.folder.state.chunks(digests.get('unlike' as never) as never);
    const mine = receiver.folder.state.directory(ROOT)?.[0];
    receiver.folder.state.putChunks(mine?.digest as never, wrong as Uint8Array);
    expect((await pulled(receiver, sender, 'unlike')).literalBytes).toBe(2 * MB);
  });
});

test('a log that is rotated is copied here, though the new one takes its name meanwhile', async () => {
  const log = noise(60 * MB, 20); // verifying it takes longer than installing the new one
  const receiver = await makeReplica();
  const sender = await makeReplica({ 'app.log': log });
  await pull(receiver, sender);
  fs.renameSync(sender.folder.at('app.log'), sender.folder.at('app.log.1'));
  fs.writeFileSync(sender.folder.at('app.log'), noise(10_000, 21));
  await sender.folder.rescan();
  const { reusedBytes, literalBytes } = await pulled(receiver, sender, 'app.log.1');
  expect({ reusedBytes, literalBytes }).toEqual({ reusedBytes: 60 * MB, literalBytes: 0 });
});

describe('a sender that lies', () => {
  const list = (...lengths: number[]) =>
    encodeChunks({ lengths: Uint32Array.from(lengths), strong: new Uint32Array(2 * lengths.length) });

  test.each<[string, number, Buffer]>([
    ['names chunks that do not begin where the last ones ended', 5, list(2000)],
    ['names more than the content has', 0, list(60_000, 60_000)],
    ['names nothing', 0, list()],
    ['names countless tiny chunks', 0, list(1, 1, 1, 1)],
    ['names half a chunk', 0, list(2000).subarray(0, 7)],
  ])('and %s is found out at once', async (_what, start, payload) => {
    const receiver = await makeReplica({ old: noise(100_000, 30) });
    const { initiator, listener } = await memoryPair();
    listener.serve('reuse', async (channel) => {
      await channel.send({ type: 'chunks', start }, payload);
      await channel.receive();
    });
    const index = new ReuseIndex(receiver.replica, ContentIndex.build(receiver.folder.state));
    const want = { path: 'new' as RelPath, digest: digestOf(noise(9, 1)), size: 100_000 };
    const sink = { write: () => {} };
    const pool = new Pool(() => undefined);
    const request = { want, index, pool, budget: { bytes: 0 }, sink, thorough: false };
    await expect(receiveReuse(initiator, request)).rejects.toMatchObject({ code: 'protocol' });
    await Promise.all([initiator.close(), listener.close()]);
  });
});

describe('--reuse', () => {
  const of = (receiver: TestReplica, reuse: Replica['reuse']): TestReplica => ({
    ...receiver,
    replica: { ...receiver.replica, reuse },
  });

  test('never: nothing is looked for', async () => {
    const old = noise(MB, 13);
    const receiver = of(await makeReplica({ old }), 'never');
    const sender = await makeReplica({ copy: edited(old, 300_000) });
    expect((await pulled(receiver, sender, 'copy')).literalBytes).toBe(MB);
    expect(receiver.folder.state.samples(receiver.folder.state.directory(ROOT)?.[1]?.digest as never)).toBeUndefined();
  });

  test('auto: a small file, or one for an empty folder, is asked for as it is', async () => {
    const sender = await makeReplica({ large: noise(MB, 14), small: noise(200_000, 15) });
    const receiver = await makeReplica({});
    const { counts } = await pull(receiver, sender);
    expect(counts.map(({ literalBytes }) => literalBytes).sort()).toEqual([MB, 200_000]);
    const digest = sender.folder.state.directory(ROOT)?.[0]?.digest;
    expect(sender.folder.state.chunks(digest as never)).toBeUndefined();
  });

  test('always: a file is remembered by its chunks once it was sent, by both ends', async () => {
    const sender = await makeReplica({ large: noise(MB, 16) });
    const receiver = of(await makeReplica({ other: noise(100_000, 17) }), 'always');
    await pull(receiver, sender);
    const digest = sender.folder.state.directory(ROOT)?.[0]?.digest as never;
    const [there, here] = [sender, receiver].map(({ folder }) => Buffer.from(folder.state.chunks(digest) ?? []));
    expect(there?.length).toBeGreaterThan(1000);
    expect(here?.equals(there as Buffer)).toBe(true);
  });
});
