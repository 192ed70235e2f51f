/** Two real folders joined by sessions in memory: what transfer/ works on, without processes or sockets. */
import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { openStage } from '../../src/apply/stage.js';
import type { Session } from '../../src/session/channel.js';
import { LiteralPacker } from '../../src/transfer/literal-packer.js';
import type { Replica } from '../../src/transfer/replica.js';
import { serveContent } from '../../src/transfer/serve-content.js';
import { serveDelta } from '../../src/transfer/serve-delta.js';
import { type Folder, makeFolder, type Tree } from '../scan/scan-fixture.js';
import { memoryPair } from '../session/memory-pair.js';

export interface TestReplica {
  readonly folder: Folder;
  readonly replica: Replica;
}

/** A scanned folder as a replica. */
export async function makeReplica(tree: Tree = {}): Promise<TestReplica> {
  const folder = makeFolder(tree);
  await folder.rescan();
  const stage = openStage(folder.root, { random: randomBytes, now: Date.now });
  onTestFinished(() => stage.close());
  const replica: Replica = {
    root: folder.root,
    state: folder.state,
    stage,
    ignores: () => false,
    fsync: false,
    backup: undefined,
    compress: true,
    maxDelete: 100,
    started: Date.now(),
  };
  return { folder, replica };
}

/** A session whose other end serves contents and deltas of `replica`. */
export async function sessionTo(replica: Replica): Promise<Session> {
  const { initiator, listener } = await memoryPair();
  onTestFinished(() => initiator.close());
  listener.serve('content', (channel) => serveContent(channel, replica));
  listener.serve('delta', (channel, opening) => serveDelta(channel, opening, replica, new LiteralPacker()));
  return initiator;
}
