/** One channel of a session: its two halves, and when both are over (docs/PROTOCOL.md, "Channels"). */
import { SyncError } from '../model/sync-error.js';
import { encodeMessage } from '../wire/encode-message.js';
import { amountOf, KIND, type RawFrame } from '../wire/frame.js';
import type { Message, MessageType } from '../wire/message.js';
import type { Channel, Frame } from './channel.js';
import { ChannelReceiver } from './channel-receiver.js';
import { ChannelSender } from './channel-sender.js';
import type { CreditPool } from './credit.js';
import type { Outgoing } from './output.js';

/** What a channel needs of its session. */
export interface ChannelLink {
  readonly pool: CreditPool;
  /** The channel may have a frame to send. */
  ready(channel: ChannelStream): void;
  /** A frame that goes before those of any channel. */
  control(frame: Outgoing): void;
  creditDue(channel: ChannelStream): void;
  /** Neither end sends on the channel any more. */
  over(channel: ChannelStream): void;
  /** The other end owes an answer on the channel, or no longer. */
  owed(channel: ChannelStream, answer: boolean): void;
  violated(error: SyncError): void;
}

const NOTHING = Buffer.alloc(0);

export class ChannelStream implements Channel {
  readonly id: number;
  readonly kind: MessageType;
  readonly sender: ChannelSender;
  readonly receiver: ChannelReceiver;
  readonly #link: ChannelLink;
  #endSent = false;
  #over = false;

  constructor(link: ChannelLink, id: number, kind: MessageType) {
    this.#link = link;
    this.id = id;
    this.kind = kind;
    this.sender = new ChannelSender(id, {
      ready: () => link.ready(this),
      control: (frame) => link.control(frame),
      ended: () => {
        this.#endSent = true;
        this.#checkOver();
      },
    });
    this.receiver = new ChannelReceiver({
      pool: link.pool,
      creditDue: () => link.creditDue(this),
      violated: (error) => link.violated(error),
    });
  }

  send(message: Message, payload?: Uint8Array): Promise<void> {
    return this.sender.send(KIND.message, message, payload);
  }

  owed(answer: boolean): void {
    if (!this.#over) this.#link.owed(this, answer);
  }

  receive(): Promise<Frame | undefined> {
    return this.receiver.receive();
  }

  end(): Promise<void> {
    return this.sender.end();
  }

  abort(error: SyncError): void {
    if (this.#over) return;
    const header = encodeMessage({ type: 'failure', code: error.code, message: error.message });
    this.#link.control({ kind: KIND.abort, channel: this.id, header, payload: NOTHING });
    this.fail(error);
  }

  /** A frame of this channel other than its opening and its abort. Throws `protocol`. */
  onFrame(frame: RawFrame): void {
    switch (frame.kind) {
      case KIND.message:
        this.receiver.onMessage(frame);
        break;
      case KIND.end:
        this.receiver.onEnd();
        this.#checkOver();
        break;
      case KIND.credit:
        this.sender.onCredit(amountOf(frame));
        break;
      case KIND.blocked:
        this.receiver.onBlocked(amountOf(frame));
        break;
      default:
        throw new SyncError('protocol', `frame kind ${frame.kind} came on a ${this.kind} channel`);
    }
  }

  /** The handler has returned: nothing more is read or sent here. */
  finish(): void {
    this.receiver.discard();
    this.sender.end().catch(() => {}); // fails only with the channel, which is over then
  }

  /** Both halves end here with this error. */
  fail(error: SyncError): void {
    if (this.#over) return;
    this.#over = true;
    this.sender.fail(error);
    this.receiver.fail(error);
    this.#link.over(this);
  }

  #checkOver(): void {
    if (!this.#endSent || !this.receiver.ended || this.#over) return;
    this.#over = true;
    this.#link.over(this);
  }
}
