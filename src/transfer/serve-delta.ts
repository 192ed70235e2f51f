/** Serves one file as a delta against what the other end has of it (docs/PROTOCOL.md [delta]). */
import { SyncError } from '../model/sync-error.js';
import type { Channel, Frame } from '../session/channel.js';
import { sendDelta } from './delta-send.js';
import type { LiteralPacker } from './literal-packer.js';
import type { ContentOpener } from './open-content.js';
import type { Replica } from './replica.js';
import type { OnServed } from './serve-content.js';

/** Deltas served at once to one peer; each may hold a signature of up to 6 MiB. */
export const DELTAS_AT_ONCE = 8;

export interface ServeFileOptions {
  readonly opener: ContentOpener;
  /** Packs literals, if the other end can receive that. */
  readonly literals?: LiteralPacker | undefined;
  readonly onServed?: OnServed | undefined;
}

export async function serveDelta(
  channel: Channel,
  { message }: Frame,
  replica: Replica,
  { opener, literals, onServed = () => {} }: ServeFileOptions,
): Promise<void> {
  if (message.type !== 'delta') throw new SyncError('protocol', `expected delta, got ${message.type}`);
  const content = opener.open(message.path, message.digest);
  if (content === undefined) {
    return channel.abort(new SyncError('changed', 'this content changed since it was scanned'));
  }
  try {
    await sendDelta(channel, message, content, (digest) => replica.state.signature(digest), {
      literals,
      onPut: (bytes) => onServed(message, bytes),
    });
  } finally {
    content.close();
  }
}

/** The codec of literals that this program receives, as named in its hello. */
export const LITERAL_CODEC = 'brotli';
