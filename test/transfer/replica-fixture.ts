/** Two real folders joined by sessions in memory: what transfer/ works on, without processes or sockets. */
import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { openStage } from '../../src/apply/stage.js';
import { Chunker } from '../../src/disk/chunker.js';
import type { Session } from '../../src/session/channel.js';
import type { FolderState } from '../../src/state/folder-state.js';
import { LinkPace } from '../../src/transfer/link-pace.js';
import { LiteralPacker } from '../../src/transfer/literal-packer.js';
import { ContentOpener } from '../../src/transfer/open-content.js';
import type { Replica } from '../../src/transfer/replica.js';
import { serveContent } from '../../src/transfer/serve-content.js';
import { serveDelta } from '../../src/transfer/serve-delta.js';
import { REUSE_FEATURE, serveReuse } from '../../src/transfer/serve-reuse.js';
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
    chunker: new Chunker(),
    reuse: 'auto',
    started: Date.now(),
  };
  return { folder, replica };
}

/** Counts from now on how often a directory is looked up in the state. */
export function countLookups(state: FolderState): () => number {
  const lookUp = state.directory.bind(state);
  let lookups = 0;
  state.directory = (path) => {
    lookups++;
    return lookUp(path);
  };
  return () => lookups;
}

/** A session whose other end serves contents, deltas and parts of `replica`. */
export async function sessionTo(replica: Replica): Promise<Session> {
  const { initiator, listener } = await memoryPair({ listener: { hello: { features: [REUSE_FEATURE] } } });
  onTestFinished(() => initiator.close());
  const opener = new ContentOpener(replica);
  listener.serve('content', (channel) => serveContent(channel, opener));
  listener.serve('delta', (channel, opening) =>
    serveDelta(channel, opening, replica, { opener, literals: new LiteralPacker() }),
  );
  const pace = new LinkPace();
  listener.serve('reuse', (channel, opening) =>
    serveReuse(channel, opening, replica, pace, { opener, literals: new LiteralPacker() }),
  );
  return initiator;
}
