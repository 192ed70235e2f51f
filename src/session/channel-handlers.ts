/**
 * Serves the channels that the other end opens, each by the handler of its kind, which may be named a moment after the
 * channel came (docs/PROTOCOL.md, "Channels").
 */
import { asSyncError, SyncError } from '../model/sync-error.js';
import type { MessageType } from '../wire/message.js';
import type { ChannelHandler, Frame } from './channel.js';
import type { ChannelStream } from './channel-stream.js';
import { HANDLERS_MAX, SERVE_GRACE } from './session-limits.js';

export class ChannelHandlers {
  readonly #handlers = new Map<MessageType, ChannelHandler>();
  /** Handlers that have not returned. */
  #running = 0;
  /** Nobody has said yet that he serves that kind. */
  readonly #unserved = new Map<ChannelStream, { readonly opening: Frame; readonly timer: NodeJS.Timeout }>();

  /** Names who serves channels of this kind, those that wait included. */
  set(kind: MessageType, handler: ChannelHandler): void {
    this.#handlers.set(kind, handler);
    for (const [channel, { opening, timer }] of this.#unserved) {
      if (channel.kind !== kind) continue;
      clearTimeout(timer);
      this.#unserved.delete(channel);
      void this.#run(handler, channel, opening);
    }
  }

  /** Throws `protocol` when one more channel cannot be served. */
  checkRoom(): void {
    if (this.#running < HANDLERS_MAX) return;
    throw new SyncError('protocol', `channels are opened and given up faster than ${HANDLERS_MAX} can be answered`);
  }

  /** Serves a channel that was opened by this frame, or refuses it when nobody does so in time. */
  serve(channel: ChannelStream, opening: Frame): void {
    const handler = this.#handlers.get(channel.kind);
    if (handler !== undefined) {
      void this.#run(handler, channel, opening);
      return;
    }
    const refuse = () => channel.abort(new SyncError('protocol', `this end does not serve ${channel.kind} here`));
    this.#unserved.set(channel, { opening, timer: setTimeout(refuse, SERVE_GRACE) });
  }

  /** The channel is over. */
  forget(channel: ChannelStream): void {
    clearTimeout(this.#unserved.get(channel)?.timer);
    this.#unserved.delete(channel);
  }

  /** Goes on for as long as the handler runs; how it fails, the other end is told. */
  async #run(handler: ChannelHandler, channel: ChannelStream, opening: Frame): Promise<void> {
    this.#running++;
    try {
      await handler(channel, opening);
      channel.finish();
    } catch (error) {
      channel.abort(asSyncError(error, 'io'));
    } finally {
      this.#running--;
    }
  }
}
