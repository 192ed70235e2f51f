import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { joinPath, ROOT } from '../../src/model/path.js';
import { SyncError } from '../../src/model/sync-error.js';
import { FetchLanes } from '../../src/transfer/fetch-lanes.js';
import { ContentOpener } from '../../src/transfer/open-content.js';
import { serveContent } from '../../src/transfer/serve-content.js';
import { memoryPair } from '../session/memory-pair.js';
import { makeReplica } from './replica-fixture.js';

const FILES = 20;

/** A served folder, and lanes to it; `breaks`: how many channels fail before one is served. */
async function lanesTo(breaks = 0) {
  const tree = Object.fromEntries(Array.from({ length: FILES }, (_, i) => [`f${i}`, randomBytes(300_000)]));
  const { folder, replica } = await makeReplica(tree);
  const { initiator, listener } = await memoryPair();
  let opened = 0;
  listener.serve('content', async (channel) => {
    opened++;
    if (opened <= breaks) throw new SyncError('io', 'this channel fails');
    await serveContent(channel, new ContentOpener(replica));
  });
  const lanes = new FetchLanes(initiator);
  const entries = folder.state.directory(ROOT) ?? [];
  const fetchAll = () =>
    Promise.allSettled(
      entries.map(({ name, digest, size }) =>
        lanes.run(async (fetcher) => {
          let received = 0;
          const outcome = await fetcher.fetch({ path: joinPath(ROOT, name), digest, size }, (bytes) => {
            received += bytes.length;
          });
          return outcome === 'ok' ? received : -1;
        }),
      ),
    );
  return { initiator, lanes, fetchAll, opened: () => opened };
}

test('large contents share a few channels, however many they are', async () => {
  const { initiator, lanes, fetchAll, opened } = await lanesTo();
  const outcomes = [...(await fetchAll()), ...(await fetchAll())];
  expect(outcomes).toEqual(Array(2 * FILES).fill({ status: 'fulfilled', value: 300_000 }));
  expect(opened()).toBe(4);
  await lanes.close();
  await initiator.close();
});

test('a channel that failed fails what it carried, and nothing else', async () => {
  const { initiator, lanes, fetchAll, opened } = await lanesTo(2);
  const outcomes = await fetchAll();
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(2);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(FILES - 2);
  expect(opened()).toBe(6);
  await lanes.close();
  await initiator.close();
});
