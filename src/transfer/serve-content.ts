/**
 * Serves whole contents in the order in which they are wanted: small files share frames, large ones are
 * cut into frames (docs/PROTOCOL.md [content]). Holds two frames' bytes, whatever the files' sizes.
 */
import type { ContentReader } from '../disk/content-reader.js';
import { readBuffer } from '../model/read-buffer.js';
import { asSyncError, SyncError } from '../model/sync-error.js';
import type { Channel } from '../session/channel.js';
import type { Segment, WantItem } from '../wire/message.js';
import type { ContentOpener } from './open-content.js';
import { PART_BYTES } from './parts.js';
import { Turns } from './turns.js';

/** Segments in one frame; bounds the header. */
const SEGMENTS_MAX = 512;

/** Told of content bytes as they are handed to the connection. */
export type OnServed = (item: WantItem, bytes: number) => void;

export async function serveContent(
  channel: Channel,
  opener: ContentOpener,
  onServed: OnServed = () => {},
): Promise<void> {
  const packer = new FramePacker(channel);
  const turns = new Turns();
  let item = 0;
  let next = channel.receive();
  for (let frame = await next; frame !== undefined; frame = await next) {
    const { message } = frame;
    if (message.type !== 'want') throw new SyncError('protocol', `expected want, got ${message.type}`);
    let waiting = true;
    next = channel.receive().finally(() => {
      waiting = false;
    });
    next.catch(() => {}); // awaited above; a failure must not count as unhandled while an item is being sent
    for (const want of message.items) {
      if (want.size > packer.room) await packer.flush();
      if (want.size <= packer.room) addWhole(packer, item++, want, opener, onServed);
      else await sendParts(packer, item++, want, opener, onServed);
      if (packer.isFull) await packer.flush();
      if (turns.over) await turns.pause();
    }
    if (waiting) await packer.flush();
  }
  await packer.flush();
  await packer.sent();
  await channel.end();
}

/** A content that fits the frame, without a turn of the event loop. */
function addWhole(packer: FramePacker, item: number, want: WantItem, opener: ContentOpener, onServed: OnServed): void {
  const content = openWanted(opener, want);
  const read = content === undefined ? -1 : tryRead(content, packer.space(want.size), 0);
  content?.close();
  packer.add(item, read === want.size ? 'last' : 'gone', read === want.size ? read : 0);
  if (read === want.size) onServed(want, read);
}

async function sendParts(
  packer: FramePacker,
  item: number,
  want: WantItem,
  opener: ContentOpener,
  onServed: OnServed,
): Promise<void> {
  const content = openWanted(opener, want);
  let position = 0;
  try {
    while (content !== undefined && position < want.size) {
      const length = Math.min(packer.room, want.size - position);
      if (tryRead(content, packer.space(length), position) < length) break; // shrank, or failed while it was read
      position += length;
      packer.add(item, position === want.size ? 'last' : 'more', length);
      onServed(want, length);
      if (packer.isFull) await packer.flush();
    }
    if (position < want.size) packer.add(item, 'gone'); // the receiver asks anew
  } finally {
    content?.close();
  }
}

function openWanted(opener: ContentOpener, { path, digest, size }: WantItem): ContentReader | undefined {
  const content = opener.open(path, digest);
  if (content === undefined || content.size === size) return content;
  content.close();
  return undefined;
}

function tryRead(content: ContentReader, target: Uint8Array, position: number): number {
  if (target.length === 0) return 0;
  try {
    return content.read(target, position);
  } catch (error) {
    if (asSyncError(error, 'io').code === 'io') return -1;
    throw error;
  }
}

/** Fills frames with segments; while one is being sent, the next is filled. */
class FramePacker {
  readonly #channel: Channel;
  /** Memory that was never used is slow to get: two buffers take turns. */
  #buffer = readBuffer(PART_BYTES);
  #spare = readBuffer(PART_BYTES);
  #used = 0;
  #segments: Segment[] = [];
  #sending: Promise<void> = Promise.resolve();

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Bytes that still fit this frame. */
  get room(): number {
    return this.#buffer.length - this.#used;
  }

  get isFull(): boolean {
    return this.#segments.length >= SEGMENTS_MAX || this.room === 0;
  }

  /** Where the next bytes go. */
  space(length: number): Uint8Array {
    return this.#buffer.subarray(this.#used, this.#used + length);
  }

  add(item: number, status: Segment['status'], length = 0): void {
    this.#segments.push({ item, length, status });
    this.#used += length;
  }

  /** Hands the frame over; waits only until the one before it was sent. */
  async flush(): Promise<void> {
    if (this.#segments.length === 0) return;
    await this.#sending;
    const payload = this.#buffer.subarray(0, this.#used);
    this.#sending = this.#channel.send({ type: 'contents', segments: this.#segments }, payload);
    this.#sending.catch(() => {}); // awaited by the next flush
    [this.#buffer, this.#spare] = [this.#spare, this.#buffer];
    this.#segments = [];
    this.#used = 0;
  }

  async sent(): Promise<void> {
    await this.#sending;
  }
}
