import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { SyncError } from '../../src/model/sync-error.js';
import type { Session } from '../../src/session/channel.js';
import type { SessionOptions } from '../../src/session/hello.js';
import { CHANNELS_MAX, HANDLERS_MAX, WINDOW_BASE } from '../../src/session/session-limits.js';
import { encodeMessage } from '../../src/wire/encode-message.js';
import { encodeFrame, FRAME_MAX, KIND } from '../../src/wire/frame.js';
import type { Message } from '../../src/wire/message.js';
import { attack, type RawPeer } from './raw-peer.js';

const TREE: Message = { type: 'tree' };
const LIST: Message = { type: 'list', path: 'x' as never };

describe('a session whose peer breaks the protocol', () => {
  const open: RawPeer[] = [];
  afterEach(() => {
    for (const peer of open.splice(0)) peer.connection.destroy();
  });

  async function greeted(options?: SessionOptions): Promise<{ readonly session: Session; readonly peer: RawPeer }> {
    const { session, peer } = attack(options);
    open.push(peer);
    peer.hello();
    return { session: await session, peer };
  }

  const lengths = [0, 2 ** 31, 2 ** 32 - 1];
  it.each(lengths)('test 13: is closed by a frame length of %d', async (length) => {
    const { session, peer } = await greeted();
    const bytes = Buffer.alloc(13);
    bytes.writeUInt32BE(length);
    peer.bytes(bytes);
    expect(await session.closed).toMatchObject({ code: 'protocol' });
    await peer.closed;
    expect(peer.frames.at(-1)).toMatchObject({ kind: KIND.abort, channel: 0 });
  });

  it.each(lengths)('test 13: is refused before the hello by a frame length of %d', async (length) => {
    const { session, peer } = attack();
    open.push(peer);
    const bytes = Buffer.alloc(13);
    bytes.writeUInt32BE(length);
    peer.bytes(bytes);
    await expect(session).rejects.toMatchObject({ code: 'protocol' });
    await peer.closed;
  });

  it('test 14: allocates nothing for a claim of 2^53 entries', async () => {
    const { session, peer } = await greeted();
    const before = process.memoryUsage().rss;
    peer.bytes(encodeFrame(KIND.open, 1, Buffer.from('8207' + '9b001fffffffffffff', 'hex')));
    expect(await session.closed).toMatchObject({ code: 'protocol' });
    expect(process.memoryUsage().rss - before).toBeLessThan(16 * 1024 * 1024);
  });

  it('test 14: times out when a frame is announced and does not come, whatever pings say', async () => {
    const { session, peer } = await greeted({ timeout: 300 });
    peer.keepAlive(50);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const whole = encodeFrame(KIND.open, 1, Buffer.from('8102', 'hex'), Buffer.alloc(FRAME_MAX - 11));
    peer.bytes(whole.subarray(0, 500));
    const started = performance.now();
    expect(await session.closed).toMatchObject({ code: 'timeout' });
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('test 4: is refused when a hello trickles', async () => {
    const { session, peer } = attack({ helloTimeout: 500 });
    open.push(peer);
    const timer = setInterval(() => peer.bytes(Buffer.from([0])), 50);
    await expect(session).rejects.toMatchObject({ code: 'timeout' });
    clearInterval(timer);
  });

  it('drops a peer from which nothing is heard', async () => {
    const { session } = await greeted({ timeout: 200 });
    expect(await session.closed).toMatchObject({ code: 'timeout', message: /nothing was heard/ });
  });

  it('ends with a peer that opens channels and gives them up, before what was to answer them piles up', async () => {
    const { session, peer } = await greeted();
    let begun = 0;
    session.serve('content', () => {
      begun++;
      return new Promise(() => {}); // waits for something, whatever becomes of its channel
    });
    const failure = encodeMessage({ type: 'failure', code: 'io', message: '' });
    for (let id = 1; id < 2_000; id += 2) {
      peer.frame(KIND.open, id, { type: 'content' }).bytes(encodeFrame(KIND.abort, id, failure));
    }
    expect(await session.closed).toMatchObject({ code: 'protocol', message: /faster than/ });
    expect(begun).toBe(HANDLERS_MAX);
  });

  it('drops a peer that is alive and never reads, and holds little for it', async () => {
    const { session, peer } = await greeted({ timeout: 400 });
    session.serve('content', async (channel) => {
      for (;;) await channel.send({ type: 'contents', segments: [] }, Buffer.alloc(256 * 1024));
    });
    const before = process.memoryUsage().arrayBuffers;
    peer.connection.pause();
    peer.frame(KIND.open, 1, { type: 'content' }).amount(KIND.credit, 1, 0x7000_0000).keepAlive(50);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
    expect(await session.closed).toMatchObject({ code: 'timeout', message: /took or completed nothing/ });
  });

  it('drops a peer that causes answers and reads none', async () => {
    const { session, peer } = await greeted();
    peer.connection.pause();
    session.serve('tree', () => Promise.reject(new SyncError('io', 'x'.repeat(1000))));
    for (let id = 1; id < 20_000 && !peer.connection.destroyed; id += 2) {
      peer.frame(KIND.open, id, TREE);
      if (id % 101 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(await session.closed).toMatchObject({ code: 'protocol', message: /does not read/ });
  });

  const breaches: [string, (peer: RawPeer) => void][] = [
    [
      'a 65th open channel',
      (peer) => {
        for (let i = 0; i <= CHANNELS_MAX; i++) peer.frame(KIND.open, 1 + 2 * i, TREE);
      },
    ],
    ['a channel number that is not its own', (peer) => peer.frame(KIND.open, 2, TREE)],
    ['a channel number twice', (peer) => peer.frame(KIND.open, 3, TREE).frame(KIND.open, 3, TREE)],
    ['a channel number below the last', (peer) => peer.frame(KIND.open, 3, TREE).frame(KIND.open, 1, TREE)],
    ['a frame on a channel that was never opened', (peer) => peer.frame(KIND.message, 5, LIST)],
    [
      'more than its credit',
      (peer) =>
        peer
          .frame(KIND.open, 1, TREE)
          .frame(KIND.message, 1, { type: 'directory', path: 'x' as never, last: true }, Buffer.alloc(WINDOW_BASE)),
    ],
    [
      'an opening frame above the credit of a channel',
      (peer) => peer.frame(KIND.open, 1, { type: 'refine' }, Buffer.alloc(WINDOW_BASE)),
    ],
    [
      'a message after its end',
      (peer) => peer.frame(KIND.open, 1, TREE).frame(KIND.end, 1).frame(KIND.message, 1, LIST),
    ],
    ['two ends', (peer) => peer.frame(KIND.open, 1, TREE).frame(KIND.end, 1).frame(KIND.end, 1)],
    ['credit of 0', (peer) => peer.frame(KIND.open, 1, TREE).amount(KIND.credit, 1, 0)],
    ['credit without bounds', (peer) => peer.frame(KIND.open, 1, TREE).amount(KIND.credit, 1, 0x7fff_ffff)],
    ['a need that no frame has', (peer) => peer.frame(KIND.open, 1, TREE).amount(KIND.blocked, 1, 0x7fff_ffff)],
    ['a ping on a channel', (peer) => peer.frame(KIND.open, 1, TREE).frame(KIND.ping, 1)],
    ['a second hello', (peer) => peer.hello()],
    ['an abort without a failure', (peer) => peer.frame(KIND.abort, 0, LIST)],
    ['an unknown message', (peer) => peer.bytes(encodeFrame(KIND.open, 1, Buffer.from('811863', 'hex')))],
    ['a payload where there is none', (peer) => peer.frame(KIND.open, 1, TREE, Buffer.alloc(3))],
    [
      'test 10: a path with ..',
      (peer) => peer.frame(KIND.open, 1, TREE).frame(KIND.message, 1, { type: 'list', path: '../x' as never }),
    ],
  ];
  it.each(breaches)('is closed by %s', async (_what, breach) => {
    const { session, peer } = await greeted();
    session.serve('tree', async (channel) => {
      while ((await channel.receive()) !== undefined);
      await new Promise(() => {});
    });
    breach(peer);
    expect(await session.closed).toMatchObject({ code: 'protocol' });
    await peer.closed;
  });

  it.each([
    ['a frame of a channel', (peer: RawPeer) => peer.frame(KIND.open, 1, TREE)],
    ['a ping', (peer: RawPeer) => peer.frame(KIND.ping, 0)],
    ['another message', (peer: RawPeer) => peer.frame(KIND.message, 0, TREE)],
    ['4 KiB of garbage', (peer: RawPeer) => peer.bytes(Buffer.alloc(4096, 0x5a))],
  ])('does not begin with %s instead of a hello', async (_what, breach) => {
    const { session, peer } = attack();
    open.push(peer);
    breach(peer);
    await expect(session).rejects.toMatchObject({ code: 'protocol' });
    await peer.closed;
  });

  it('says that it was cut off when the connection ends without a goodbye', async () => {
    const { session, peer } = await greeted();
    peer.connection.end();
    expect(await session.closed).toMatchObject({ code: 'closed' });
  });

  it('ignores what was on its way to a channel that this end has aborted', async () => {
    const { session, peer } = await greeted();
    session.serve('tree', () => Promise.reject(new SyncError('io', 'no')));
    peer.frame(KIND.open, 1, TREE);
    await new Promise((resolve) => setTimeout(resolve, 20));
    peer.frame(KIND.message, 1, LIST).frame(KIND.end, 1).amount(KIND.credit, 1, 10).frame(KIND.end, 0);
    expect(await session.closed).toBeUndefined();
  });

  it('ends random frames with a typed error, or lives', async () => {
    const message = fc.constantFrom<Message>(
      TREE,
      LIST,
      { type: 'content' },
      { type: 'want', items: [] },
      { type: 'failure', code: 'io', message: '' },
    );
    const frame = fc.record({
      kind: fc.constantFrom(...Object.values(KIND)),
      channel: fc.constantFrom(0, 1, 1, 1, 3, 3, 5, 2),
      message,
      amount: fc.constantFrom(1, 100, 1_000_000),
      size: fc.constantFrom(0, 1, 20_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 30 }), async (frames) => {
        const { session, peer } = await greeted();
        session.serve('tree', async (channel) => {
          while ((await channel.receive()) !== undefined) await channel.send(LIST);
        });
        for (const { kind, channel, message, amount, size } of frames) {
          if (kind === KIND.credit || kind === KIND.blocked) peer.amount(kind, channel, amount);
          else if (kind === KIND.end || kind === KIND.ping) peer.frame(kind, channel);
          else peer.frame(kind, channel, message, kind === KIND.abort ? Buffer.alloc(0) : Buffer.alloc(size));
        }
        peer.frame(KIND.end, 0);
        const outcome = await session.closed;
        if (outcome !== undefined) expect(outcome).toBeInstanceOf(SyncError);
        await peer.closed;
      }),
      { numRuns: 200 },
    );
  });
});
