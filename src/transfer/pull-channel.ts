/** The asking end of a channel on which the other end owes one answer (docs/PROTOCOL.md, "Channels"). */
import { asSyncError } from '../model/sync-error.js';
import type { Channel, Session } from '../session/channel.js';
import type { Message } from '../wire/message.js';

/** Opens a channel and ends it once `work` has the answer; when `work` fails, the channel is aborted and this rejects so. */
export async function pullOver<T>(
  session: Session,
  opening: Message,
  work: (channel: Channel) => Promise<T>,
): Promise<T> {
  const channel = await session.open(opening);
  channel.owed?.(true);
  try {
    const answer = await work(channel);
    channel.owed?.(false);
    await channel.end();
    return answer;
  } catch (error) {
    channel.abort(asSyncError(error, 'io'));
    throw error;
  }
}
