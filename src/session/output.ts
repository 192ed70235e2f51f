/**
 * The sending side of a connection: takes frames one at a time from the session, which chooses fairly among its
 * channels, and packs them into a few slabs. A frame counts as sent when its bytes are in a slab, so a caller
 * may use its buffer again; a connection that is slow stops the taking, and so holds no more than the slabs.
 */
import type { Duplex } from 'node:stream';
import { type FrameKind, KIND, PREFIX_BYTES, writePrefix } from '../wire/frame.js';
import type { Pace } from './pace.js';

export interface Outgoing {
  readonly kind: FrameKind;
  readonly channel: number;
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
  /** Called once its last byte was copied. */
  done?(): void;
  /** Called instead when the connection closed before that. */
  lost?(): void;
}

/** Bytes; eight TLS records. A connection that needs longer than the timeout for one is taken for dead. */
const SLAB_BYTES = 128 * 1024;
/** One is on its way while the other is filled. */
const SLABS = 2;

interface Slab {
  readonly bytes: Buffer;
  used: number;
  /** Whether it holds a part of a message, whose departure is progress; credit and pings are none. */
  message: boolean;
}

export interface OutputEvents {
  /** The next frame to send, or undefined when there is none now. */
  next(): Outgoing | undefined;
  /** Bytes left for the connection; `message` if some of a message's were among them. */
  flushed(bytes: number, message: boolean): void;
}

export class Output {
  readonly #connection: Duplex;
  readonly #events: OutputEvents;
  readonly #pace: Pace | undefined;
  readonly #capacity: number;
  readonly #free: Buffer[] = [];
  #allocated = 0;
  #slab: Slab | undefined;
  #inFlight = 0;
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  #current: Outgoing | undefined;
  /** Bytes of the current frame that are in slabs. */
  #copied = 0;
  #flushSoon = false;
  #filling = false;
  #timer: NodeJS.Timeout | undefined;
  /** While it runs, nothing leaves that fits a slab. */
  #holding: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(connection: Duplex, events: OutputEvents, pace?: Pace) {
    this.#connection = connection;
    this.#events = events;
    this.#pace = pace;
    this.#capacity = Math.min(SLAB_BYTES, pace?.burst ?? SLAB_BYTES);
  }

  /** Whether bytes wait for the other end to take them, and not for this end's own bandwidth limit. */
  get busy(): boolean {
    return this.#timer === undefined && this.waiting;
  }

  /** Whether anything has not left yet. */
  get waiting(): boolean {
    return this.#inFlight > 0 || this.#current !== undefined || (this.#slab !== undefined && this.#slab.used > 0);
  }

  /** What is taken from now on leaves together with what `release` finds, or after so many milliseconds. */
  hold(milliseconds: number): void {
    this.#holding = setTimeout(() => this.release(), milliseconds);
  }

  /** Takes what is to be sent and lets it leave. */
  release(): void {
    clearTimeout(this.#holding);
    this.#holding = undefined;
    this.kick();
  }

  /** Takes what is to be sent. What does not fill a slab leaves at the end of the tick, with what came meanwhile. */
  kick(): void {
    if (this.#closed || this.#filling) return;
    this.#filling = true;
    this.#fill();
    this.#filling = false;
    if (this.#slab === undefined || this.#slab.used === 0 || this.#flushSoon || this.#holding !== undefined) return;
    this.#flushSoon = true;
    process.nextTick(() => {
      this.#flushSoon = false;
      this.#flush();
    });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#holding);
    this.#current?.lost?.();
    this.#current = undefined;
  }

  #fill(): void {
    for (;;) {
      this.#current ??= this.#start();
      const frame = this.#current;
      if (frame === undefined) return;
      const slab = this.#room();
      if (slab === undefined) return;
      slab.message ||= frame.kind === KIND.message || frame.kind === KIND.open;
      this.#copy(frame.header, PREFIX_BYTES, slab);
      this.#copy(frame.payload, PREFIX_BYTES + frame.header.length, slab);
      if (this.#copied === PREFIX_BYTES + frame.header.length + frame.payload.length) {
        this.#current = undefined;
        frame.done?.();
      }
      if (slab.used === this.#capacity) this.#flush();
    }
  }

  #start(): Outgoing | undefined {
    const frame = this.#events.next();
    if (frame !== undefined) {
      writePrefix(this.#prefix, frame.kind, frame.channel, frame.header.length, frame.payload.length);
      this.#copied = 0;
    }
    return frame;
  }

  /** Copies what the slab takes of a piece that begins at `start` within the frame. */
  #copy(piece: Uint8Array, start: number, slab: Slab): void {
    if (this.#copied < PREFIX_BYTES) this.#copyPiece(this.#prefix, 0, slab);
    this.#copyPiece(piece, start, slab);
  }

  #copyPiece(piece: Uint8Array, start: number, slab: Slab): void {
    const from = this.#copied - start;
    if (from < 0 || from >= piece.length) return;
    const length = Math.min(piece.length - from, this.#capacity - slab.used);
    slab.bytes.set(from === 0 && length === piece.length ? piece : piece.subarray(from, from + length), slab.used);
    slab.used += length;
    this.#copied += length;
  }

  /** A slab with room, or undefined while all are on their way or the bandwidth is used up. */
  #room(): Slab | undefined {
    if (this.#slab !== undefined) return this.#slab.used < this.#capacity ? this.#slab : undefined;
    let bytes = this.#free.pop();
    if (bytes === undefined && this.#allocated < SLABS) {
      this.#allocated++;
      bytes = Buffer.allocUnsafeSlow(this.#capacity);
    }
    if (bytes !== undefined) this.#slab = { bytes, used: 0, message: false };
    return this.#slab;
  }

  #flush(): void {
    const slab = this.#slab;
    if (slab === undefined || slab.used === 0 || this.#closed || this.#timer !== undefined) return;
    if (this.#inFlight > 0) return; // Node would join the two, and copy both to do so; kick() comes back
    // Paid before it waits, so that sessions which share a pace take turns: else who wakes first always goes first.
    const paid = slab.used;
    const wait = this.#pace?.wait() ?? 0;
    this.#pace?.take(paid);
    if (wait === 0) {
      this.#write(slab);
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#pace?.take(slab.used - paid); // what came while it waited
      this.#write(slab);
      this.kick();
    }, Math.ceil(wait));
  }

  #write(slab: Slab): void {
    this.#slab = undefined;
    this.#inFlight += slab.used;
    this.#connection.write(slab.bytes.subarray(0, slab.used), (error) => {
      this.#inFlight -= slab.used;
      if (error || this.#closed) return;
      this.#free.push(slab.bytes);
      this.#events.flushed(slab.used, slab.message);
      this.kick();
    });
  }
}
