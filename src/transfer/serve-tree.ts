/**
 * Serves this replica's tree: its root summary at once, then each directory that is asked for
 * (docs/PROTOCOL.md [tree]). Only what the last scan or install recorded is served; nothing is read from
 * the folder itself.
 */
import { freeBytes } from '../apply/free-space.js';
import { isLive, type LocalEntry } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import type { Channel } from '../session/channel.js';
import type { FolderState } from '../state/folder-state.js';
import { encodeDirectory } from '../tree/directory-codec.js';
import { PART_BYTES, partsOf } from './parts.js';
import type { Replica } from './replica.js';
import type { Slots } from './slots.js';

/** Pairs in a root's list of seen counters. */
const SEEN_MAX = 4096;

/** `listings`: how many packed directories may wait for this peer at once, on all its channels. */
export async function serveTree(
  channel: Channel,
  replica: Pick<Replica, 'root' | 'state'>,
  listings: Slots,
): Promise<void> {
  const { state } = replica;
  const root = state.settle();
  const seen = [...state.seen()].slice(0, SEEN_MAX);
  await channel.send({ type: 'root', ...root, seen, free: freeBytes(replica.root) });
  for (let frame = await channel.receive(); frame !== undefined; frame = await channel.receive()) {
    const { message } = frame;
    if (message.type !== 'list') throw new SyncError('protocol', `expected list, got ${message.type}`);
    await listings.run(() => sendDirectory(channel, message.path, state));
  }
  await channel.end();
}

async function sendDirectory(channel: Channel, path: RelPath, state: FolderState): Promise<void> {
  const packed = encodeDirectory(claims(state.directory(path) ?? []), { local: false });
  for (const part of partsOf(packed, PART_BYTES)) {
    await channel.send({ type: 'directory', path, last: part.last }, part.bytes);
  }
}

/** What a peer may know: everything but `absent`, which is this replica's own memory and no claim. */
export function claims(entries: readonly LocalEntry[]): readonly LocalEntry[] {
  return entries.every(isClaim) ? entries : entries.filter(isClaim);
}

function isClaim(entry: LocalEntry): boolean {
  return isLive(entry) || entry.kind === 'deleted';
}
