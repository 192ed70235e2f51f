/**
 * Serves a replica's tree, contents and deltas to one session (docs/PROTOCOL.md [tree], [content], [delta]). A peer may
 * open 64 channels, ask on each for the largest thing there is and read none: what answers it is therefore bounded for
 * the whole session, whatever it asks for and on however many channels.
 */
import type { Session } from '../session/channel.js';
import { LinkPace } from './link-pace.js';
import { LiteralPacker } from './literal-packer.js';
import { ContentOpener } from './open-content.js';
import type { Replica } from './replica.js';
import { type OnServed, serveContent } from './serve-content.js';
import { DELTAS_AT_ONCE, LITERAL_CODEC, serveDelta } from './serve-delta.js';
import { serveReuse } from './serve-reuse.js';
import { serveTree } from './serve-tree.js';
import { Slots } from './slots.js';

/**
 * Channels of contents served at once; each holds up to half a megabyte for a peer that does not read. A peer of this
 * program has five: one for small files, four for large ones.
 */
const CONTENTS_AT_ONCE = 8;
/** Packed listings on their way at once. They go one after the other over one connection in any case. */
const LISTINGS_AT_ONCE = 1;

export interface ServeOptions {
  /** Until the tree may be told: the scan of this run. */
  readonly ready?: Promise<unknown>;
  readonly onServed?: OnServed;
}

export function serveReplica(session: Session, replica: Replica, { ready, onServed }: ServeOptions = {}): void {
  const listings = new Slots(LISTINGS_AT_ONCE);
  const contents = new Slots(CONTENTS_AT_ONCE);
  const deltas = new Slots(DELTAS_AT_ONCE);
  const opener = new ContentOpener(replica);
  const literals = replica.compress && session.peer.features.includes(LITERAL_CODEC) ? new LiteralPacker() : undefined;
  session.serve('tree', async (channel) => {
    await ready;
    await serveTree(channel, replica, listings);
  });
  session.serve('content', (channel) => contents.run(() => serveContent(channel, opener, onServed)));
  session.serve('delta', (channel, opening) =>
    deltas.run(() => serveDelta(channel, opening, replica, { opener, literals, onServed })),
  );
  const pace = new LinkPace();
  session.serve('reuse', (channel, opening) =>
    deltas.run(() => serveReuse(channel, opening, replica, pace, { opener, literals, onServed })),
  );
}
