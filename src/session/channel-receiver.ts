/**
 * The receiving half of a channel. Frames wait undecoded until they are received, so that input nobody reads
 * costs its bytes and little more; credit goes back to the peer as they are read (docs/PROTOCOL.md [credit]).
 */
import { SyncError } from '../model/sync-error.js';
import { decodeMessage } from '../wire/decode-message.js';
import { allocate, type RawFrame } from '../wire/frame.js';
import type { Message } from '../wire/message.js';
import type { Frame } from './channel.js';
import { type CreditPool, chargeOf, ReceiveWindow } from './credit.js';

export interface ReceiverLink {
  readonly pool: CreditPool;
  /** Credit is due to the peer: `takeCredit` gives it. */
  creditDue(): void;
  /** What came cannot be decoded: the session ends. */
  violated(error: SyncError): void;
}

export class ChannelReceiver {
  readonly #link: ReceiverLink;
  readonly #window: ReceiveWindow;
  readonly #arrived: RawFrame[] = [];
  #due = 0;
  #waiter: { resolve(frame: Frame | undefined): void; reject(error: SyncError): void } | undefined;
  /** Charge of the frame that the reader has in its hands, until it asks for the next. */
  #inHand = 0;
  #ended = false;
  #discarding = false;
  #error: SyncError | undefined;

  constructor(link: ReceiverLink) {
    this.#link = link;
    this.#window = new ReceiveWindow(link.pool, (amount) => {
      this.#due += amount;
      link.creditDue();
    });
  }

  /** Whether the peer has ended its direction. */
  get ended(): boolean {
    return this.#ended;
  }

  async receive(): Promise<Frame | undefined> {
    if (this.#waiter !== undefined) throw new Error('two receives at once on one channel');
    this.#drop();
    const frame = this.#arrived.shift();
    if (frame !== undefined) return this.#decode(frame);
    if (this.#ended) return undefined;
    if (this.#error !== undefined) throw this.#error;
    const next = new Promise<Frame | undefined>((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
    this.#window.want();
    return next;
  }

  /** The frame that opened the channel: its reader has it from the start. */
  open(frame: RawFrame, message: Message): Frame {
    this.#inHand = charge(frame);
    this.#window.arrive(this.#inHand);
    return { message, payload: frame.payload };
  }

  onMessage(frame: RawFrame): void {
    if (this.#ended) throw new SyncError('protocol', 'a message came on a channel after its end');
    this.#window.arrive(charge(frame));
    if (this.#discarding) this.#window.consume(charge(frame));
    else if (this.#waiter === undefined) this.#arrived.push(compact(frame));
    else {
      const decoded = this.#decode(frame); // if this throws, the session's end tells the waiter
      this.#waiter?.resolve(decoded);
      this.#waiter = undefined;
    }
  }

  onEnd(): void {
    if (this.#ended) throw new SyncError('protocol', 'a channel ended twice');
    this.#ended = true;
    this.#window.release();
    this.#waiter?.resolve(undefined);
    this.#waiter = undefined;
  }

  onBlocked(need: number): void {
    if (!this.#ended) this.#window.blocked(need);
  }

  /** Credit to tell the peer of; asking takes it. */
  takeCredit(): number {
    const due = this.#due;
    this.#due = 0;
    return this.#ended || this.#error !== undefined ? 0 : due;
  }

  /** Nobody reads any more: what comes is dropped, so that the peer does not wait for ever to send it. */
  discard(): void {
    this.#discarding = true;
    this.#dropAll();
  }

  /** What the peer had ended in order stays readable. */
  fail(error: SyncError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#window.release();
    if (!this.#ended) this.#dropAll();
    this.#waiter?.reject(error);
    this.#waiter = undefined;
  }

  #decode(frame: RawFrame): Frame {
    try {
      const message = decodeMessage(frame.header, frame.payload.length);
      this.#inHand = this.#window.take(charge(frame));
      return { message, payload: frame.payload };
    } catch (error) {
      this.#link.violated(error as SyncError);
      throw error;
    }
  }

  #drop(): void {
    const dropped = this.#inHand;
    this.#inHand = 0;
    if (dropped > 0) this.#window.consume(dropped);
  }

  #dropAll(): void {
    this.#drop();
    for (const frame of this.#arrived.splice(0)) this.#window.consume(charge(frame));
  }
}

function charge(frame: RawFrame): number {
  return chargeOf(frame.header.length, frame.payload.length);
}

/** Bytes of a chunk beyond twice the frame that are not worth a copy. */
const SPARE_BYTES = 256;

/**
 * A frame that waits must not keep a much larger chunk alive: a peer could otherwise pin a whole record with each
 * tiny frame that nobody reads.
 */
function compact(frame: RawFrame): RawFrame {
  const size = frame.header.length + frame.payload.length;
  if (frame.header.buffer.byteLength <= 2 * size + SPARE_BYTES) return frame;
  const copy = allocate(size);
  copy.set(frame.header, 0);
  copy.set(frame.payload, frame.header.length);
  return { ...frame, header: copy.subarray(0, frame.header.length), payload: copy.subarray(frame.header.length) };
}
