/**
 * The sending half of a channel: frames wait here, in order, until the peer's credit and the connection have room
 * for them (docs/PROTOCOL.md [credit]).
 */
import { SyncError } from '../model/sync-error.js';
import { encodeMessage } from '../wire/encode-message.js';
import { encodeAmount, FRAME_MAX, HEADER_MAX, KIND, PREFIX_BYTES } from '../wire/frame.js';
import type { Message } from '../wire/message.js';
import { chargeOf } from './credit.js';
import type { Outgoing } from './output.js';
import { WINDOW_BASE } from './session-limits.js';

interface Queued {
  readonly frame: Outgoing;
  readonly charge: number;
  readonly sent: () => void;
  readonly failed: (error: SyncError) => void;
}

export interface SenderLink {
  /** A frame may be ready: ask `next` when there is room. */
  ready(): void;
  /** Tells the peer at once, before other frames. */
  control(frame: Outgoing): void;
  /** The end of this direction has been sent. */
  ended(): void;
}

const NOTHING = Buffer.alloc(0);
/** Above any window's size; more credit is a peer's mistake or an attempt to overflow the count. */
const CREDIT_MAX = 0x7fff_ffff;

export class ChannelSender {
  readonly #channel: number;
  readonly #link: SenderLink;
  readonly #queue: Queued[] = [];
  #credit = WINDOW_BASE;
  #ending = false;
  #error: SyncError | undefined;
  /** Whether the peer knows that the queue's head does not fit its credit. */
  #toldBlocked = false;

  constructor(channel: number, link: SenderLink) {
    this.#channel = channel;
    this.#link = link;
  }

  /** Whether frames wait. */
  get waiting(): boolean {
    return this.#queue.length > 0;
  }

  /** `open` is the first frame of a channel; it must fit the credit that every channel starts with. */
  send(kind: typeof KIND.message | typeof KIND.open, message: Message, payload: Uint8Array = NOTHING): Promise<void> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#ending) return Promise.reject(new SyncError('closed', 'this end has ended the channel'));
    try {
      const header = encodeMessage(message);
      const charge = chargeOf(header.length, payload.length);
      checkSize(message, header.length, payload.length, kind === KIND.open ? WINDOW_BASE : Number.POSITIVE_INFINITY);
      return this.#push({ kind, channel: this.#channel, header, payload }, charge);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Ends this direction behind what waits. A second call does nothing. */
  async end(): Promise<void> {
    if (this.#ending) return;
    if (this.#error !== undefined) throw this.#error;
    this.#ending = true;
    await this.#push({ kind: KIND.end, channel: this.#channel, header: NOTHING, payload: NOTHING }, 0);
    this.#link.ended();
  }

  /** The next frame that the credit allows; if there is none for lack of credit, the peer is told, once. */
  next(): Outgoing | undefined {
    const head = this.#queue[0];
    if (head === undefined) return undefined;
    if (head.charge > this.#credit) {
      this.#tellBlocked(head.charge);
      return undefined;
    }
    this.#queue.shift();
    this.#toldBlocked = false;
    this.#credit -= head.charge;
    const lost = () => head.failed(this.#error ?? new SyncError('closed', 'the connection was cut'));
    return { ...head.frame, done: head.sent, lost };
  }

  onCredit(amount: number): void {
    this.#credit += amount;
    if (this.#credit > CREDIT_MAX) throw new SyncError('protocol', 'more credit came than any window has');
    if (this.waiting) this.#link.ready();
  }

  fail(error: SyncError): void {
    this.#error ??= error;
    for (const queued of this.#queue.splice(0)) queued.failed(error);
  }

  #push(frame: Outgoing, charge: number): Promise<void> {
    return new Promise((sent, failed) => {
      this.#queue.push({ frame, charge, sent, failed });
      if (this.#queue.length === 1) this.#link.ready();
    });
  }

  #tellBlocked(charge: number): void {
    if (this.#toldBlocked) return;
    this.#toldBlocked = true;
    this.#link.control({ kind: KIND.blocked, channel: this.#channel, header: NOTHING, payload: encodeAmount(charge) });
  }
}

function checkSize(message: Message, header: number, payload: number, chargeMax: number): void {
  const size = PREFIX_BYTES - 4 + header + payload;
  if (size <= FRAME_MAX && header <= HEADER_MAX && chargeOf(header, payload) <= chargeMax) return;
  throw new SyncError(
    'usage',
    `a ${message.type} with ${header} bytes of header and ${payload} of payload does not fit a frame`,
  );
}
