/** Serves one file to a receiver that may have parts of it in other files (docs/PROTOCOL.md [reuse]). */
import { SyncError } from '../model/sync-error.js';
import type { Channel, Frame } from '../session/channel.js';
import { ChunkFeed } from './chunk-feed.js';
import type { LinkPace } from './link-pace.js';
import type { Replica } from './replica.js';
import { sendReuse } from './reuse-send.js';
import type { ServeFileOptions } from './serve-delta.js';

/** In `features`: this end answers `reuse`. */
export const REUSE_FEATURE = 'reuse';

/** `pace`: of the connection. */
export async function serveReuse(
  channel: Channel,
  { message }: Frame,
  replica: Replica,
  pace: LinkPace,
  { opener, literals, onServed = () => {} }: ServeFileOptions,
): Promise<void> {
  if (message.type !== 'reuse') throw new SyncError('protocol', `expected reuse, got ${message.type}`);
  const { path, digest, size, thorough } = message;
  const content = opener.open(path, digest);
  if (content?.fd === undefined || content.size !== size) {
    content?.close();
    return channel.abort(new SyncError('changed', 'this content changed since it was scanned'));
  }
  const feed = new ChunkFeed({ digest, size, fd: content.fd }, replica.chunker, replica.state);
  try {
    await sendReuse(channel, content, feed, pace, {
      literals,
      thorough,
      onPut: (bytes) => onServed(message, bytes),
    });
  } finally {
    await feed.close();
    content.close();
  }
}
