/** A record is read and written whole: what is done for each file of a wide directory may look none of it up. */
import { expect, test } from 'vitest';
import { noise } from '../delta/patch.js';
import type { Tree } from '../scan/scan-fixture.js';
import { pull } from './pull.js';
import { countLookups, makeReplica } from './replica-fixture.js';

const FILES = 200;
/** For all of them, in a dozen places. */
const LOOKUPS_MAX = 25;

const directory = (contentOf: (i: number) => Tree[string]): Tree =>
  Object.fromEntries(Array.from({ length: FILES }, (_, i) => [`f${i}`, contentOf(i)]));

/** A replica that counts how often one of its directories is looked up. */
async function counted(tree: Tree) {
  const made = await makeReplica(tree);
  return { ...made, lookups: countLookups(made.replica.state) };
}

test('when it is renamed', async () => {
  const files = directory((i) => `content ${i}`);
  const [sender, receiver] = [await counted({ renamed: files }), await counted({ old: files })];
  const { problems, counts } = await pull(receiver, sender);
  expect(problems).toEqual([]);
  expect(counts.filter(({ reusedBytes }) => reusedBytes > 0)).toHaveLength(FILES);
  expect(receiver.lookups()).toBeLessThan(LOOKUPS_MAX);
});

test('when every file of it was edited', async () => {
  const before = directory((i) => noise(40_000, i + 1));
  const after = directory((i) => Buffer.concat([noise(40_000, i + 1), Buffer.from('more')]));
  const sender = await counted({ d: before });
  const receiver = await counted({});
  await pull(receiver, sender);
  sender.folder.write({ d: after });
  await sender.folder.rescan();
  const [sent, received] = [sender.lookups(), receiver.lookups()];
  const { problems, counts } = await pull(receiver, sender);
  expect(problems).toEqual([]);
  expect(counts.filter(({ matchedBytes }) => matchedBytes > 0)).toHaveLength(FILES);
  expect(sender.lookups() - sent).toBeLessThan(LOOKUPS_MAX);
  expect(receiver.lookups() - received).toBeLessThan(LOOKUPS_MAX);
});
