/**
 * Serves whole contents in the order in which they are wanted: small files share frames, large ones are
 * cut into frames (docs/PROTOCOL.md [content]). Holds one frame's bytes, whatever the files' sizes.
 */
import type { ContentReader } from '../disk/content-reader.js';
import { asSyncError, SyncError } from '../model/sync-error.js';
import type { Channel } from '../session/channel.js';
import type { Segment, WantItem } from '../wire/message.js';
import { openContent } from './open-content.js';
import { PART_BYTES } from './parts.js';
import type { Replica } from './replica.js';

/** Segments in one frame; bounds the header. */
const SEGMENTS_MAX = 512;

/** Told of content bytes as they are handed to the connection. */
export type OnServed = (item: WantItem, bytes: number) => void;

export async function serveContent(channel: Channel, replica: Replica, onServed: OnServed = () => {}): Promise<void> {
  const packer = new FramePacker(channel);
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
    for (const want of message.items) await sendItem(packer, item++, want, replica, onServed);
    if (waiting) await packer.flush();
  }
  await packer.flush();
  await channel.end();
}

async function sendItem(packer: FramePacker, item: number, want: WantItem, replica: Replica, onServed: OnServed) {
  const content = openContent(replica, want.path, want.digest);
  if (content === undefined || content.size !== want.size) {
    content?.close();
    return packer.add(item, 'gone');
  }
  try {
    await sendBytes(packer, item, content, (bytes) => onServed(want, bytes));
  } finally {
    content.close();
  }
}

async function sendBytes(packer: FramePacker, item: number, content: ContentReader, onBytes: (bytes: number) => void) {
  let position = 0;
  do {
    const space = await packer.space();
    const length = Math.min(space.length, content.size - position);
    const read = tryRead(content, space.subarray(0, length), position);
    if (read < length) return packer.add(item, 'gone'); // shrank or failed while it was read: the receiver asks anew
    position += length;
    packer.added(length);
    await packer.add(item, position === content.size ? 'last' : 'more', length);
    onBytes(length);
  } while (position < content.size);
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

/** Fills frames with segments and sends each when it is full. */
class FramePacker {
  readonly #channel: Channel;
  #buffer = Buffer.allocUnsafe(PART_BYTES);
  #used = 0;
  #segments: Segment[] = [];

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Where the next bytes go; never empty. */
  async space(): Promise<Uint8Array> {
    if (this.#used === this.#buffer.length) await this.flush();
    return this.#buffer.subarray(this.#used);
  }

  added(bytes: number): void {
    this.#used += bytes;
  }

  async add(item: number, status: Segment['status'], length = 0): Promise<void> {
    this.#segments.push({ item, length, status });
    if (this.#segments.length >= SEGMENTS_MAX || this.#used === this.#buffer.length) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#segments.length === 0) return;
    const segments = this.#segments;
    const payload = this.#buffer.subarray(0, this.#used);
    this.#segments = [];
    this.#buffer = Buffer.allocUnsafe(PART_BYTES); // the connection may still hold the old one
    this.#used = 0;
    await this.#channel.send({ type: 'contents', segments }, payload);
  }
}
