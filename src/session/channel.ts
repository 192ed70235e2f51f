/**
 * The shape of a session, whatever carries it (TLS or memory): many channels over one connection, each a
 * stream of frames in both directions with credit-based backpressure. Either end opens channels and serves
 * them: the protocol is the same on both ends. (docs/PROTOCOL.md, "Channels")
 */
import type { SyncError } from '../model/sync-error.js';
import type { Hello, Message, MessageType } from '../wire/message.js';

export interface Frame {
  readonly message: Message;
  /** Raw bytes behind the header; empty when there are none. Valid until the next `receive`: copy to keep. */
  readonly payload: Uint8Array;
}

export interface Channel {
  /** The message type that opened it. */
  readonly kind: MessageType;
  /** Resolves once the frame is within the other end's credit and handed to the connection. */
  send(message: Message, payload?: Uint8Array): Promise<void>;
  /** The next frame, or undefined when the other end has ended its direction. Rejects if the session fails. */
  receive(): Promise<Frame | undefined>;
  /** Ends this direction; the other one stays open. */
  end(): Promise<void>;
  /** Gives up both directions; the other end's `receive` rejects with the error's code and message. */
  abort(error: SyncError): void;
  /**
   * Says whether the other end owes an answer here that takes no time of its own, such as content. While it does, it must
   * make progress within the timeout; signs of life alone do not do. Optional, so that a channel can be simple.
   */
  owed?(answer: boolean): void;
}

export type ChannelHandler = (channel: Channel, opening: Frame) => Promise<void>;

export interface Session {
  /** What the other end said of itself. */
  readonly peer: Hello;
  /** `host:port` of the other end, for people. */
  readonly address: string;
  /** Opens a channel with its first message. */
  open(message: Message, payload?: Uint8Array): Promise<Channel>;
  /** Serves channels that the other end opens with a message of this type. */
  serve(kind: MessageType, handler: ChannelHandler): void;
  /** Ends the session in order; with an error, tells the other end why. */
  close(error?: SyncError): Promise<void>;
  /** Settles when the connection is gone: undefined after an orderly end, otherwise why. Never rejects. */
  readonly closed: Promise<SyncError | undefined>;
  /** Why the session has failed, known before its channels hear of it; undefined while it goes on, and after an orderly end. */
  readonly failure: SyncError | undefined;
  /** Bytes on the connection so far. */
  readonly sent: number;
  readonly received: number;
}
