import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { STRANGERS_MAX, STRANGERS_PER_ADDRESS } from '../../src/session/admission.js';
import * as limits from '../../src/session/session-limits.js';
import { SESSIONS_MAX, SESSIONS_PER_ADDRESS } from '../../src/session/tls-listener.js';
import { HANDSHAKE_TIMEOUT } from '../../src/session/tls-options.js';
import { DIRECTORY_BYTES_MAX } from '../../src/transfer/remote-tree.js';
import { TARGETS_BYTES_MAX, TARGETS_MAX } from '../../src/transfer/target-batches.js';
import { ENTRIES_MAX } from '../../src/tree/directory-codec.js';
import { PAIRS_MAX } from '../../src/tree/vector-table.js';
import { CBOR_DEPTH_MAX, CBOR_ITEMS_MAX } from '../../src/wire/cbor.js';
import { decodeMessage } from '../../src/wire/decode-message.js';
import { encodeMessage } from '../../src/wire/encode-message.js';
import {
  encodeAmount,
  encodeFrame,
  FRAME_MAX,
  type FrameKind,
  FrameSplitter,
  HEADER_MAX,
  KIND,
  type RawFrame,
} from '../../src/wire/frame.js';
import type { Message } from '../../src/wire/message.js';
import * as table from '../../src/wire/message-table.js';

const document = readFileSync(new URL('../../docs/PROTOCOL.md', import.meta.url), 'utf8');
const bytes = (length: number, first: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => first + i));
const digest = (first: number): never => bytes(32, first).toString('latin1') as never;

function frame(kind: FrameKind, channel: number, message?: Message, payload?: Buffer): Buffer {
  return encodeFrame(kind, channel, message === undefined ? Buffer.alloc(0) : encodeMessage(message), payload);
}

/** What each ```hex block of the document stands for, by its label. */
const EXAMPLES: Record<string, Buffer> = {
  hello: frame(KIND.message, 0, {
    type: 'hello',
    versions: [1],
    group: bytes(16, 0),
    replica: 'rabcdefg' as never,
    run: bytes(16, 16),
    name: 'anna-laptop',
    clock: 1_700_000_000_000,
    features: ['zstd'],
    purpose: 'once',
    deletes: false,
    readOnly: false,
  }),
  tree: frame(KIND.open, 1, { type: 'tree' }),
  list: frame(KIND.message, 1, { type: 'list', path: 'Photos/caf\xc3\xa9' as never }),
  directory: frame(
    KIND.message,
    1,
    { type: 'directory', path: 'gone' as never, last: true },
    Buffer.from('0100', 'hex'),
  ),
  want: frame(KIND.message, 3, { type: 'want', items: [{ path: 'a.txt' as never, digest: digest(64), size: 5 }] }),
  contents: frame(
    KIND.message,
    3,
    { type: 'contents', segments: [{ item: 0, length: 5, status: 'last' }] },
    Buffer.from('hello'),
  ),
  failure: frame(KIND.abort, 0, { type: 'failure', code: 'locked', message: 'another run holds the folder' }),
  credit: encodeFrame(KIND.credit, 3, Buffer.alloc(0), encodeAmount(65_536)),
  blocked: encodeFrame(KIND.blocked, 3, Buffer.alloc(0), encodeAmount(262_300)),
  end: frame(KIND.end, 3),
  goodbye: frame(KIND.end, 0),
  ping: frame(KIND.ping, 0),
};

describe('docs/PROTOCOL.md', () => {
  const blocks = new Map<string, string>();
  for (const [, label, hex] of document.matchAll(/^```hex ([a-z-]+)\n([0-9a-f\s]+)```$/gm)) {
    blocks.set(label as string, (hex as string).replace(/\s/g, ''));
  }

  it('has an example for each label that is tested, and no other', () => {
    expect([...blocks.keys()].sort()).toEqual(Object.keys(EXAMPLES).sort());
  });

  it.each(Object.entries(EXAMPLES))('shows %s as the code writes it', (label, expected) => {
    expect(blocks.get(label)).toBe(expected.toString('hex'));
    const frames: RawFrame[] = [];
    new FrameSplitter().push(Buffer.from(blocks.get(label) ?? '', 'hex'), (one) => frames.push(one));
    expect(frames).toHaveLength(1);
    if (frames[0]?.header.length) decodeMessage(frames[0].header, frames[0].payload.length);
  });

  it('lists each message with its number, its tag and its fields in wire order', () => {
    for (const [type, { number, payload, fields }] of Object.entries(table.MESSAGES)) {
      const row = document.split('\n').find((line) => line.startsWith(`| ${number} | \`${type}\` |`));
      expect(row, `a row for ${type}`).toBeDefined();
      const cells = (row as string).split('|').map((cell) => cell.trim());
      expect([...(cells[3] as string).matchAll(/`([A-Za-z]+)`/g)].map((match) => match[1])).toEqual(
        Object.keys(fields),
      );
      expect(cells[4] !== '', `payload of ${type}`).toBe(payload);
    }
  });

  it('lists each kind of frame', () => {
    for (const [kind, number] of Object.entries(KIND))
      expect(document).toMatch(new RegExp(`^\\| ${number} \\| ${kind} \\|`, 'm'));
  });

  it('gives each limit the value that the code has', () => {
    const { CHANNELS_MAX, BUFFERED_MAX, FRAME_COST, WINDOW_BASE, WINDOW_MAX, TIMEOUT, PATIENCE, PING_INTERVAL } =
      limits;
    const { HELLO_TIMEOUT, CLOSE_TIMEOUT, SERVE_GRACE, CONTROL_MAX, PROGRESS_BYTES, HANDLERS_MAX } = limits;
    const named = {
      ...{ FRAME_MAX, HEADER_MAX, CBOR_DEPTH_MAX, CBOR_ITEMS_MAX, CHANNELS_MAX, BUFFERED_MAX, FRAME_COST, WINDOW_BASE },
      ...{ WINDOW_MAX, CONTROL_MAX, PROGRESS_BYTES, TIMEOUT, PATIENCE, PING_INTERVAL, HELLO_TIMEOUT, CLOSE_TIMEOUT },
      ...{ SERVE_GRACE, HANDSHAKE_TIMEOUT, STRANGERS_MAX, STRANGERS_PER_ADDRESS, SESSIONS_MAX, SESSIONS_PER_ADDRESS },
      ...{ HANDLERS_MAX, TARGETS_MAX, TARGETS_BYTES_MAX, DIRECTORY_BYTES_MAX, ENTRIES_MAX, PAIRS_MAX },
      ...Object.fromEntries(Object.entries(table).filter(([, value]) => typeof value === 'number')),
    };
    for (const [name, value] of Object.entries(named)) {
      expect(document, name).toContain(`| ${name} | ${(value as number).toLocaleString('en-US')} |`);
    }
  });
});
