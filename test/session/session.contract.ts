/** What every session promises, whatever carries it. Run over memory and over TLS by session.test.ts. */
import { afterEach, describe, expect, it } from 'vitest';
import type { RelPath } from '../../src/model/path.js';
import { SyncError } from '../../src/model/sync-error.js';
import type { ReplicaId } from '../../src/model/version-vector.js';
import type { Channel, Session } from '../../src/session/channel.js';
import { CHANNELS_MAX } from '../../src/session/session-limits.js';
import type { Pair, PairOptions } from './memory-pair.js';

const path = (text: string): RelPath => text as RelPath;

/** Answers each list with a directory of `bytes` bytes. */
export function serveLists(session: Session, bytes = 0): void {
  session.serve('tree', async (channel) => {
    for (let frame = await channel.receive(); frame !== undefined; frame = await channel.receive()) {
      if (frame.message.type !== 'list') throw new SyncError('protocol', 'expected list');
      await channel.send({ type: 'directory', path: frame.message.path, last: true }, Buffer.alloc(bytes, 1));
    }
    await channel.end();
  });
}

/** Receives to the end; the bytes of all payloads. */
export async function drain(channel: Channel): Promise<number> {
  let bytes = 0;
  for (let frame = await channel.receive(); frame !== undefined; frame = await channel.receive()) {
    bytes += frame.payload.length;
  }
  return bytes;
}

export function sessionContract(carrier: string, start: (options?: PairOptions) => Promise<Pair>): void {
  describe(`a session over ${carrier}`, () => {
    const open: Session[] = [];
    const pair = async (options?: PairOptions): Promise<Pair> => {
      const made = await start(options);
      open.push(made.initiator, made.listener);
      return made;
    };
    afterEach(async () => {
      await Promise.all(open.splice(0).map((session) => session.close()));
    });

    it('tells each end who the other is', async () => {
      const { initiator, listener } = await pair({
        initiator: { hello: { name: 'one', replica: 'r1111111' as ReplicaId } },
        listener: { hello: { name: 'two', features: ['zstd'] } },
      });
      expect(listener.peer).toMatchObject({ name: 'one', replica: 'r1111111', purpose: 'once' });
      expect(initiator.peer).toMatchObject({ name: 'two', features: ['zstd'], purpose: 'serve' });
    });

    it('answers requests on a channel in order, with payloads', async () => {
      const { initiator, listener } = await pair();
      serveLists(listener, 10_000);
      const channel = await initiator.open({ type: 'tree' });
      for (const name of ['a', 'b', 'c']) {
        await channel.send({ type: 'list', path: path(name) });
        const frame = await channel.receive();
        expect(frame?.message).toEqual({ type: 'directory', path: name, last: true });
        expect(frame?.payload.length).toBe(10_000);
      }
      await channel.end();
      expect(await channel.receive()).toBeUndefined();
    });

    it('lets the listening end open channels too', async () => {
      const { initiator, listener } = await pair();
      serveLists(initiator, 5);
      const channel = await listener.open({ type: 'tree' });
      await channel.send({ type: 'list', path: path('x') });
      await channel.end();
      expect(await drain(channel)).toBe(5);
    });

    it('carries frames larger than a window, and many of them, unchanged', async () => {
      const { initiator, listener } = await pair();
      const frames = 40;
      const payload = Buffer.alloc(1_000_000).map((_, i) => (i * 31) & 255);
      listener.serve('content', async (channel) => {
        for (let i = 0; i < frames; i++) await channel.send({ type: 'contents', segments: [] }, payload);
      });
      const channel = await initiator.open({ type: 'content' });
      let count = 0;
      for (let frame = await channel.receive(); frame !== undefined; frame = await channel.receive()) {
        expect(Buffer.compare(frame.payload, payload)).toBe(0);
        count++;
      }
      expect(count).toBe(frames);
    });

    it('lets the sender use its buffer again as soon as send has resolved', async () => {
      const { initiator, listener } = await pair();
      listener.serve('content', async (channel) => {
        const buffer = Buffer.alloc(100_000);
        for (let i = 0; i < 50; i++) {
          buffer.fill(i);
          await channel.send({ type: 'contents', segments: [] }, buffer);
          buffer.fill(255);
        }
      });
      const channel = await initiator.open({ type: 'content' });
      for (let i = 0; i < 50; i++) {
        const frame = await channel.receive();
        expect(frame?.payload.every((byte) => byte === i)).toBe(true);
      }
    });

    it('runs 64 channels at once, and lets a 65th wait for one to finish', async () => {
      const { initiator, listener } = await pair();
      serveLists(listener, 50_000);
      const channels = await Promise.all(Array.from({ length: CHANNELS_MAX }, () => initiator.open({ type: 'tree' })));
      let opened = false;
      const late = initiator.open({ type: 'tree' }).then((channel) => {
        opened = true;
        return channel;
      });
      await Promise.all(channels.map((channel, i) => channel.send({ type: 'list', path: path(`d${i}`) })));
      const frames = await Promise.all(channels.map((channel) => channel.receive()));
      expect(frames.map((frame) => frame?.message)).toMatchObject(channels.map((_, i) => ({ path: `d${i}` })));
      expect(opened).toBe(false);
      await channels[0]?.end();
      expect(await channels[0]?.receive()).toBeUndefined();
      await (await late).end();
    });

    it('keeps a small channel quick beside a bulk one', async () => {
      const { initiator, listener } = await pair();
      serveLists(listener);
      let stop = false;
      listener.serve('content', async (channel) => {
        while (!stop) await channel.send({ type: 'contents', segments: [] }, Buffer.alloc(256 * 1024));
      });
      const bulk = drain(await initiator.open({ type: 'content' }));
      const small = await initiator.open({ type: 'tree' });
      const started = performance.now();
      for (let i = 0; i < 50; i++) {
        await small.send({ type: 'list', path: path('x') });
        await small.receive();
      }
      const each = (performance.now() - started) / 50;
      stop = true;
      expect(await bulk).toBeGreaterThan(0);
      expect(each).toBeLessThan(50);
    });

    it('holds a sender back whose frames nobody reads, and costs less than 16 MiB', async () => {
      const { initiator, listener } = await pair();
      let sent = 0;
      const payload = Buffer.alloc(64 * 1024);
      listener.serve('content', async (channel) => {
        for (;;) {
          await channel.send({ type: 'contents', segments: [] }, payload);
          sent += payload.length;
        }
      });
      for (let i = 0; i < CHANNELS_MAX; i++) await initiator.open({ type: 'content' });
      const before = process.memoryUsage().arrayBuffers;
      await new Promise((resolve) => setTimeout(resolve, 400));
      const held = sent;
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(sent).toBe(held);
      expect(sent).toBeGreaterThan(1024 * 1024);
      expect(sent).toBeLessThan(16 * 1024 * 1024);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
    });

    it('lets a frame larger than the window pass while other channels hold all the credit unread', async () => {
      const { initiator, listener } = await pair();
      serveLists(listener, 1_000_000);
      listener.serve('content', async (channel) => {
        for (;;) await channel.send({ type: 'contents', segments: [] }, Buffer.alloc(256 * 1024));
      });
      for (let i = 0; i < 20; i++) await initiator.open({ type: 'content' });
      await new Promise((resolve) => setTimeout(resolve, 200));
      const channel = await initiator.open({ type: 'tree' });
      for (let i = 0; i < 5; i++) {
        await channel.send({ type: 'list', path: path('x') });
        expect((await channel.receive())?.payload.length).toBe(1_000_000);
      }
    });

    it('tells the other end why a channel was aborted, and goes on', async () => {
      const { initiator, listener } = await pair();
      serveLists(listener);
      listener.serve('content', async (channel) => {
        await channel.receive();
        throw new SyncError('changed', 'the file is another one now');
      });
      const channel = await initiator.open({ type: 'content' });
      await channel.send({ type: 'want', items: [] });
      await expect(channel.receive()).rejects.toMatchObject({ code: 'changed', message: /another one now/ });
      await expect(channel.send({ type: 'want', items: [] })).rejects.toMatchObject({ code: 'changed' });
      const tree = await initiator.open({ type: 'tree' });
      await tree.send({ type: 'list', path: path('x') });
      expect((await tree.receive())?.message.type).toBe('directory');
    });

    it('ends the handler of a channel that its opener aborts', async () => {
      const { initiator, listener } = await pair();
      let outcome: Promise<unknown> = Promise.resolve();
      listener.serve('content', (channel) => {
        const sending = (async () => {
          for (;;) await channel.send({ type: 'contents', segments: [] }, Buffer.alloc(100_000));
        })();
        outcome = sending.catch((error: unknown) => error);
        return sending;
      });
      const channel = await initiator.open({ type: 'content' });
      await channel.receive();
      channel.abort(new SyncError('timeout', 'enough'));
      await expect(outcome).resolves.toMatchObject({ code: 'timeout', message: /enough/ });
      await expect(channel.receive()).rejects.toMatchObject({ code: 'timeout' });
    });

    it('refuses a channel that the other end does not serve', async () => {
      const { initiator } = await pair();
      const channel = await initiator.open({ type: 'assign', conflict: 'keep-both', deletes: false, known: 0 });
      await expect(channel.receive()).rejects.toMatchObject({ code: 'protocol', message: /does not serve assign/ });
    });

    it('serves a channel that came before its handler', async () => {
      const { initiator, listener } = await pair();
      const channel = await initiator.open({ type: 'tree' });
      await channel.send({ type: 'list', path: path('x') });
      await new Promise((resolve) => setTimeout(resolve, 50));
      serveLists(listener, 3);
      expect((await channel.receive())?.payload.length).toBe(3);
    });

    it('drops what comes after its handler has returned, so that the opener does not hang', async () => {
      const { initiator, listener } = await pair();
      listener.serve('assign', async () => {});
      const channel = await initiator.open({ type: 'assign', conflict: 'keep-both', deletes: false, known: 0 });
      for (let i = 0; i < 30; i++)
        await channel.send({ type: 'target', path: path('x'), last: true }, Buffer.alloc(100_000));
      await channel.end();
      expect(await channel.receive()).toBeUndefined();
    });

    it('ends in order: both ends learn it, and what was sent before arrives', async () => {
      const { initiator, listener } = await pair();
      listener.serve('content', async (channel) => {
        for (let i = 0; i < 5; i++) await channel.send({ type: 'contents', segments: [] }, Buffer.alloc(1000));
      });
      const channel = await initiator.open({ type: 'content' });
      await channel.end();
      expect(await drain(channel)).toBe(5000);
      await initiator.close();
      expect(await initiator.closed).toBeUndefined();
      expect(await listener.closed).toBeUndefined();
      await expect(initiator.open({ type: 'tree' })).rejects.toMatchObject({ code: 'closed' });
      await expect(listener.open({ type: 'tree' })).rejects.toMatchObject({ code: 'closed' });
    });

    it('ends in order when both ends close at the same moment', async () => {
      const { initiator, listener } = await pair();
      await Promise.all([initiator.close(), listener.close()]);
      expect([await initiator.closed, await listener.closed]).toEqual([undefined, undefined]);
    });

    it('tells the other end the error with which it was closed', async () => {
      const { initiator, listener } = await pair();
      const channel = await initiator.open({ type: 'tree' });
      await listener.close(new SyncError('locked', 'another run holds the folder'));
      expect(await initiator.closed).toMatchObject({ code: 'locked', message: /another run/ });
      await expect(channel.receive()).rejects.toMatchObject({ code: 'locked' });
    });

    it('does not let the other end choose this process’s exit status', async () => {
      const { initiator, listener } = await pair();
      await listener.close(new SyncError('interrupted', 'SIGTERM'));
      expect(await initiator.closed).toMatchObject({ code: 'closed' });
      expect(await listener.closed).toMatchObject({ code: 'interrupted' });
    });

    it('ends on both ends when its signal is aborted', async () => {
      const abort = new AbortController();
      const { initiator, listener } = await pair({ initiator: { signal: abort.signal } });
      const channel = await initiator.open({ type: 'tree' });
      abort.abort();
      await expect(channel.receive()).rejects.toMatchObject({ code: 'interrupted' });
      expect(await initiator.closed).toMatchObject({ code: 'interrupted' });
      expect(await listener.closed).toMatchObject({ code: 'closed' });
    });

    it('refuses another protocol version and another group, on both ends', async () => {
      await expect(start({ initiator: { hello: { versions: [2, 3] } } })).rejects.toMatchObject({ code: 'version' });
      await expect(start({ initiator: { hello: { group: Buffer.alloc(16) } } })).rejects.toMatchObject({
        code: 'auth',
      });
    });

    it('limits its bandwidth', async () => {
      const { initiator, listener } = await pair({ listener: { bwlimit: 500_000 } });
      serveLists(listener, 250_000);
      const channel = await initiator.open({ type: 'tree' });
      const started = performance.now();
      await channel.send({ type: 'list', path: path('x') });
      await channel.receive();
      const seconds = (performance.now() - started) / 1000;
      expect(seconds).toBeGreaterThan(0.4);
      expect(seconds).toBeLessThan(1.5);
    });

    it('fails a send that is cut in the middle of its frame', async () => {
      const { initiator, listener } = await pair({ initiator: { bwlimit: 200_000 } });
      listener.serve('tree', async (channel) => void (await drain(channel)));
      const channel = await initiator.open({ type: 'tree' });
      const sending = channel.send({ type: 'directory', path: path(''), last: true }, Buffer.alloc(900_000));
      const outcome = expect(sending).rejects.toThrow();
      while (initiator.sent < 20_000) await new Promise((resolve) => setTimeout(resolve, 10));
      await listener.close(new SyncError('io', 'enough'));
      await outcome;
    });

    it('counts its bytes', async () => {
      const { initiator, listener } = await pair();
      serveLists(listener, 100_000);
      const channel = await initiator.open({ type: 'tree' });
      await channel.send({ type: 'list', path: path('x') });
      await channel.receive();
      expect(initiator.received).toBeGreaterThan(100_000);
      expect(initiator.received).toBeLessThan(110_000);
      await initiator.close();
      expect(initiator.received).toBeGreaterThan(100_000);
      expect(initiator.received).toBe(listener.sent);
    });

    it('lives through an idle time longer than its timeout, by signs of life', async () => {
      const timing = { timeout: 400, patience: 60_000 };
      const { initiator, listener } = await pair({ initiator: timing, listener: timing });
      serveLists(listener, 1);
      const channel = await initiator.open({ type: 'tree' });
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await channel.send({ type: 'list', path: path('x') });
      expect((await channel.receive())?.payload.length).toBe(1);
    });

    it('gives up on an end that is alive and makes no progress when its patience ends', async () => {
      const { initiator, listener } = await pair({
        initiator: { timeout: 200, patience: 600 },
        listener: { timeout: 200 },
      });
      listener.serve('content', () => new Promise(() => {}));
      const channel = await initiator.open({ type: 'content' });
      await expect(channel.receive()).rejects.toMatchObject({ code: 'timeout' });
      expect(await initiator.closed).toMatchObject({ code: 'timeout', message: /signs of life/ });
      expect(await listener.closed).toMatchObject({ code: 'timeout' });
    });
  });
}
