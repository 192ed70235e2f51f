/**
 * Fetches whole contents over one channel: many requests in flight, answered in order, each handed to its
 * sink as it arrives (docs/PROTOCOL.md [content]).
 */
import { asSyncError, SyncError } from '../model/sync-error.js';
import type { Channel, Frame, Session } from '../session/channel.js';
import type { Segment, WantItem } from '../wire/message.js';

/** Items in one want message. */
const WANT_ITEMS_MAX = 1024;

/**
 * Takes the bytes of one content, in order. The bytes are valid only during the call. What it throws fails
 * this item alone; the rest of its bytes are then dropped.
 */
export type Sink = (bytes: Uint8Array, last: boolean) => void;

interface Pending {
  readonly want: WantItem;
  readonly sink: Sink;
  readonly resolve: (outcome: 'ok' | 'gone') => void;
  readonly reject: (error: unknown) => void;
  received: number;
  failure: unknown;
}

export class ContentFetcher {
  readonly #session: Session;
  readonly #room: (() => Promise<void>) | undefined;
  #channel: Promise<Channel> | undefined;
  #unsent: Pending[] = [];
  readonly #pending: Pending[] = [];
  #head = 0;
  #answered = 0;
  #flushing = false;
  /** Once set nothing is answered any more: whoever asks later must not wait for ever. */
  #failure: { readonly error: unknown } | undefined;

  /** `room`: waited for before each frame is taken. */
  constructor(session: Session, room?: () => Promise<void>) {
    this.#session = session;
    this.#room = room;
  }

  /** Whether nothing can be asked here any more. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Resolves with `ok` after the last byte, or `gone` if the sender no longer has it. */
  fetch(want: WantItem, sink: Sink): Promise<'ok' | 'gone'> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    return new Promise((resolve, reject) => {
      this.#unsent.push({ want, sink, resolve, reject, received: 0, failure: undefined });
      if (!this.#flushing) {
        this.#flushing = true;
        setImmediate(() => void this.#flush());
      }
    });
  }

  /** Ends the channel; everything asked for must have been answered. */
  async close(): Promise<void> {
    const channel = await this.#channel?.catch(() => undefined);
    await channel?.end().catch(() => {});
  }

  async #flush(): Promise<void> {
    try {
      this.#channel ??= this.#open();
      const channel = await this.#channel;
      while (this.#unsent.length > 0) {
        const batch = this.#unsent.splice(0, WANT_ITEMS_MAX);
        this.#pending.push(...batch);
        channel.owed?.(true);
        await channel.send({ type: 'want', items: batch.map((pending) => pending.want) });
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#flushing = false;
    }
  }

  async #open(): Promise<Channel> {
    const channel = await this.#session.open({ type: 'content' });
    void this.#read(channel);
    return channel;
  }

  async #read(channel: Channel): Promise<void> {
    try {
      for (let frame = await channel.receive(); frame !== undefined; frame = await channel.receive()) {
        this.#take(frame);
        channel.owed?.(false); // while this end makes room the other owes nothing
        await this.#room?.();
        channel.owed?.(this.#pending.length > this.#head);
      }
      this.#fail(new SyncError('closed', 'the peer ended the content channel early'));
    } catch (error) {
      const failure = asSyncError(error, 'protocol');
      channel.owed?.(false);
      if (failure.code === 'protocol') channel.abort(failure);
      this.#fail(failure);
    }
  }

  #take(frame: Frame): void {
    const { message, payload } = frame;
    if (message.type !== 'contents') throw new SyncError('protocol', `expected contents, got ${message.type}`);
    const claimed = message.segments.reduce((sum, { length }) => sum + length, 0);
    if (claimed !== payload.length) {
      throw new SyncError(
        'protocol',
        `expected a frame of ${claimed} bytes as its segments say, got ${payload.length}`,
      );
    }
    let start = 0;
    for (const segment of message.segments) {
      this.#segment(segment, payload.subarray(start, start + segment.length));
      start += segment.length;
    }
  }

  #segment(segment: Segment, bytes: Uint8Array): void {
    const pending = this.#pending[this.#head];
    if (pending === undefined || segment.item !== this.#answered) {
      throw new SyncError('protocol', `expected item ${this.#answered}, got ${segment.item}`);
    }
    pending.received += bytes.length;
    const { size } = pending.want;
    // Segments of nothing would be progress without end.
    if (segment.status === 'more' && bytes.length === 0) throw new SyncError('protocol', 'a segment of no bytes came');
    if (pending.received > size || (segment.status === 'last' && pending.received !== size)) {
      throw new SyncError('protocol', `expected ${size} bytes of item ${segment.item}, got ${pending.received}`);
    }
    if (segment.status !== 'gone' && pending.failure === undefined) {
      try {
        pending.sink(bytes, segment.status === 'last');
      } catch (error) {
        pending.failure = error;
      }
    }
    if (segment.status === 'more') return;
    this.#advance();
    if (pending.failure !== undefined) pending.reject(pending.failure);
    else pending.resolve(segment.status === 'last' ? 'ok' : 'gone');
  }

  #advance(): void {
    this.#answered++;
    this.#head++;
    if (this.#head < 1024) return;
    this.#pending.splice(0, this.#head); // amortised: a shift for each item would be quadratic
    this.#head = 0;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    const all = [...this.#pending.splice(this.#head), ...this.#unsent.splice(0)];
    for (const pending of all) pending.reject(error);
  }
}
