/**
 * Frames: the unit on a connection (docs/PROTOCOL.md [frame]). A frame is
 * `u32 length · u8 kind · u32 channel · u32 header length · header · payload`, integers big-endian, `length`
 * counting what follows it. The splitter cuts a byte stream into frames and refuses a bad one from its first
 * 13 bytes, before anything is allocated for it.
 */
import { SyncError } from '../model/sync-error.js';

/** Bytes that may follow the length field: bounds what one frame can make the other end hold. */
export const FRAME_MAX = 1_048_576;
/** Bytes of a CBOR header; a `want` of 1,024 ordinary paths needs about 100 KiB. */
export const HEADER_MAX = 524_288;
/** Bytes before the header. */
export const PREFIX_BYTES = 13;

/** [frame-kind] */
export const KIND = { message: 0, open: 1, end: 2, abort: 3, credit: 4, blocked: 5, ping: 6 } as const;
export type FrameKind = (typeof KIND)[keyof typeof KIND];

export interface RawFrame {
  readonly kind: FrameKind;
  readonly channel: number;
  /** CBOR, not looked at yet. */
  readonly header: Buffer;
  /** A view of the chunk that brought it where the frame came whole, else of a buffer of its own. */
  readonly payload: Buffer;
}

/** Bytes of a body that may come from Node's buffer pool: a quarter of the pool. */
const POOLED_MAX = 2_048;

const NOTHING = Buffer.alloc(0);

/** Cuts chunks of a byte stream into frames; a frame that came whole is not copied. */
export class FrameSplitter {
  /** Bytes of a prefix that is not complete yet. */
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  #prefixFilled = 0;
  /** Body of the frame whose prefix is in `#prefix`; allocated only once the prefix was accepted. */
  #body: Buffer | undefined;
  #bodyFilled = 0;

  /** Whether a frame has begun and not ended. */
  get partial(): boolean {
    return this.#prefixFilled > 0;
  }

  /** Calls `deliver` for each frame that this chunk completes. Throws `protocol` at the first bad one. */
  push(chunk: Buffer, deliver: (frame: RawFrame) => void): void {
    let at = this.#resume(chunk, deliver);
    while (chunk.length - at >= PREFIX_BYTES) {
      const end = at + 4 + checkPrefix(chunk, at);
      if (end > chunk.length) break;
      deliver(view(chunk, at, chunk, at + PREFIX_BYTES, end));
      at = end;
    }
    if (at < chunk.length) this.#keep(chunk, at);
  }

  /** Completes the frame that earlier chunks began; returns where the next one starts. */
  #resume(chunk: Buffer, deliver: (frame: RawFrame) => void): number {
    if (this.#prefixFilled === 0) return 0;
    let at = 0;
    if (this.#body === undefined) {
      at = chunk.copy(this.#prefix, this.#prefixFilled, 0, PREFIX_BYTES - this.#prefixFilled);
      this.#prefixFilled += at;
      if (this.#prefixFilled < PREFIX_BYTES) return at;
      this.#body = allocate(checkPrefix(this.#prefix, 0) + 4 - PREFIX_BYTES);
      this.#bodyFilled = 0;
    }
    const copied = chunk.copy(this.#body, this.#bodyFilled, at);
    this.#bodyFilled += copied;
    if (this.#bodyFilled < this.#body.length) return chunk.length;
    const body = this.#body;
    this.#body = undefined;
    this.#prefixFilled = 0;
    deliver(view(this.#prefix, 0, body, 0, body.length));
    return at + copied;
  }

  #keep(chunk: Buffer, at: number): void {
    this.#prefixFilled = chunk.copy(this.#prefix, 0, at, at + PREFIX_BYTES);
    if (this.#prefixFilled < PREFIX_BYTES) return;
    this.#body = allocate(checkPrefix(this.#prefix, 0) + 4 - PREFIX_BYTES);
    this.#bodyFilled = chunk.copy(this.#body, 0, at + PREFIX_BYTES);
  }
}

/** A whole frame in a buffer of its own. */
export function encodeFrame(
  kind: FrameKind,
  channel: number,
  header: Uint8Array,
  payload: Uint8Array = NOTHING,
): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + header.length + payload.length);
  writePrefix(frame, kind, channel, header.length, payload.length);
  frame.set(header, PREFIX_BYTES);
  frame.set(payload, PREFIX_BYTES + header.length);
  return frame;
}

/** Writes the 13 bytes before a header at the start of `target`. */
export function writePrefix(target: Buffer, kind: FrameKind, channel: number, header: number, payload: number): void {
  target.writeUInt32BE(PREFIX_BYTES - 4 + header + payload, 0);
  target[4] = kind;
  target.writeUInt32BE(channel, 5);
  target.writeUInt32BE(header, 9);
}

/** The payload of a `credit` or `blocked` frame. */
export function encodeAmount(amount: number): Buffer {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(amount);
  return payload;
}

/** The amount of a `credit` or `blocked` frame, at least 1. */
export function amountOf(frame: RawFrame): number {
  const amount = frame.payload.readUInt32BE();
  if (amount === 0) throw bad('expected an amount of credit, got 0');
  return amount;
}

/** Checks everything that the first 13 bytes say; returns the length field. */
function checkPrefix(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32BE(at);
  if (length < PREFIX_BYTES - 4 || length > FRAME_MAX) {
    throw bad(`expected a frame of ${PREFIX_BYTES - 4} to ${FRAME_MAX} bytes, got ${length}`);
  }
  const kind = bytes[at + 4] as FrameKind;
  const header = bytes.readUInt32BE(at + 9);
  const payload = length - (PREFIX_BYTES - 4) - header;
  if (header > HEADER_MAX || payload < 0) throw bad(`a header of ${header} bytes does not fit a frame of ${length}`);
  if (!shapeAllowed(kind, header, payload)) {
    throw bad(`frame kind ${kind} may not have a header of ${header} and a payload of ${payload} bytes`);
  }
  return length;
}

function shapeAllowed(kind: FrameKind, header: number, payload: number): boolean {
  switch (kind) {
    case KIND.message:
    case KIND.open:
      return header > 0;
    case KIND.abort:
      return header > 0 && payload === 0;
    case KIND.end:
    case KIND.ping:
      return header === 0 && payload === 0;
    case KIND.credit:
    case KIND.blocked:
      return header === 0 && payload === 4;
    default:
      return false;
  }
}

function view(prefix: Buffer, at: number, body: Buffer, start: number, end: number): RawFrame {
  const split = start + prefix.readUInt32BE(at + 9);
  return {
    kind: prefix[at + 4] as FrameKind,
    channel: prefix.readUInt32BE(at + 5),
    header: body.subarray(start, split),
    payload: split === end ? NOTHING : body.subarray(split, end),
  };
}

/** Small bodies share Node's buffer pool; a large one that is kept must not keep a pool alive. */
export function allocate(bytes: number): Buffer {
  return bytes < POOLED_MAX ? Buffer.allocUnsafe(bytes) : Buffer.allocUnsafeSlow(bytes);
}

function bad(message: string): SyncError {
  return new SyncError('protocol', message);
}
