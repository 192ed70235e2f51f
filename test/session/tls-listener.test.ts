import { randomBytes } from 'node:crypto';
import net from 'node:net';
import type tls from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { SyncError } from '../../src/model/sync-error.js';
import { STRANGERS_MAX, STRANGERS_PER_ADDRESS } from '../../src/session/admission.js';
import { listenTls } from '../../src/session/tls-listener.js';
import { KIND } from '../../src/wire/frame.js';
import { listenerPsk, pskIdentity } from '../../src/wire/key-schedule.js';
import { helloOf } from './memory-pair.js';
import { RawPeer, rawTls } from './raw-peer.js';
import { drain, serveLists } from './session.contract.js';
import { dialTest, KEY, LISTENER_ID, type TestListener, testListener } from './tls-pair.js';

describe('a TLS listener', () => {
  const open: (() => Promise<unknown> | unknown)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });

  async function listening(options: Parameters<typeof testListener>[0] = {}): Promise<TestListener> {
    const listener = await testListener(options);
    open.push(() => listener.close());
    return listener;
  }

  /** An honest run: dial, one request, an orderly end. */
  async function honest(listener: TestListener): Promise<void> {
    const session = await dialTest(listener.port);
    serveLists(await listener.session(), 100);
    const channel = await session.open({ type: 'tree' });
    await channel.send({ type: 'list', path: 'x' as never });
    await channel.end();
    expect(await drain(channel)).toBe(100);
    await session.close();
    expect(await session.closed).toBeUndefined();
  }

  /** Connects over TCP, sends, and gives what came back when the other end has closed. */
  function talk(port: number, send: (socket: net.Socket) => void): Promise<Buffer> {
    return new Promise((resolve) => {
      const got: Buffer[] = [];
      const socket = net.connect(port, '127.0.0.1', () => send(socket));
      open.push(() => socket.destroy());
      socket.on('data', (chunk) => got.push(chunk)).on('error', () => {});
      socket.on('close', () => resolve(Buffer.concat(got)));
    });
  }

  /** The error code and what came, when a TLS client is refused. */
  function refused(port: number, options: tls.ConnectionOptions): Promise<{ code: string | undefined; bytes: number }> {
    return new Promise((resolve) => {
      let code: string | undefined;
      let bytes = 0;
      const socket = rawTls(port, options);
      socket.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      socket.on('error', (error: NodeJS.ErrnoException) => {
        code = error.code;
      });
      socket.on('close', () => resolve({ code, bytes }));
    });
  }

  it('test 1: closes garbage and HTTP with at most one rejection each, and goes on', async () => {
    const listener = await listening();
    const answers = await Promise.all([
      talk(listener.port, (socket) => socket.write(randomBytes(4096))),
      talk(listener.port, (socket) => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')),
    ]);
    for (const answer of answers) expect(answer.length).toBeLessThan(16); // nothing, or a TLS alert
    expect(listener.rejections.length).toBeLessThanOrEqual(2);
    expect(listener.sessions).toEqual([]);
    await honest(listener);
  });

  it('test 2: refuses a client without a key and TLS 1.2, with no byte of the protocol', async () => {
    const listener = await listening();
    const noKey = { pskCallback: undefined, rejectUnauthorized: false };
    const old = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: 'PSK-AES128-GCM-SHA256:PSK' } as const;
    for (const options of [noKey, old]) {
      const outcome = await refused(listener.port, options);
      expect(outcome.bytes).toBe(0);
      expect(outcome.code).toMatch(/^ERR_SSL/);
    }
    expect(listener.sessions).toEqual([]);
    await honest(listener);
  });

  it('test 2: refuses another application protocol', async () => {
    const listener = await listening();
    expect((await refused(listener.port, { ALPNProtocols: ['h2'] })).code).toMatch(/NO_APPLICATION_PROTOCOL/);
    expect((await refused(listener.port, { ALPNProtocols: [] })).bytes).toBe(0);
    expect(listener.sessions).toEqual([]);
  });

  it('test 3: gives a wrong key and an unknown identity the same alert', async () => {
    const listener = await listening();
    const psk = listenerPsk(KEY, LISTENER_ID);
    const wrongKey = await refused(listener.port, {
      pskCallback: () => ({ identity: pskIdentity(1, LISTENER_ID), psk: randomBytes(32) }),
    });
    const unknown = await refused(listener.port, {
      pskCallback: () => ({ identity: pskIdentity(1, randomBytes(16)), psk }),
    });
    const strange = await refused(listener.port, { pskCallback: () => ({ identity: 'x'.repeat(200), psk }) });
    expect(wrongKey.code).toMatch(/ALERT/);
    expect([unknown, strange]).toEqual([wrongKey, wrongKey]);
    await honest(listener);
  });

  it('test 4: closes silent and trickling strangers, and silent and trickling hellos, within 6 s', async () => {
    const listener = await listening();
    const started = performance.now();
    const trickle = (socket: net.Socket | tls.TLSSocket, byte: number): void => {
      const timer = setInterval(() => socket.write(Buffer.from([byte])), 200);
      socket.on('close', () => clearInterval(timer));
    };
    const member = (drip: boolean): Promise<unknown> => {
      const socket = rawTls(listener.port);
      socket.on('error', () => {}).on('data', () => {});
      if (drip) socket.on('secureConnect', () => trickle(socket, 0));
      return new Promise((resolve) => socket.on('close', resolve));
    };
    await Promise.all([
      talk(listener.port, () => {}),
      talk(listener.port, (socket) => {
        socket.write(Buffer.from('1603010200010001fc0303', 'hex')); // the beginning of a ClientHello
        trickle(socket, 1);
      }),
      member(false),
      member(true),
    ]);
    const seconds = (performance.now() - started) / 1000;
    expect(seconds).toBeGreaterThan(4);
    expect(seconds).toBeLessThan(6.5);
    expect(listener.sessions).toEqual([]);
    await honest(listener);
  });

  it('test 5: starts an honest session within 2 s among 500 idle sockets', async () => {
    const listener = await listening();
    let closed = 0;
    const idle = Array.from({ length: 500 }, () => {
      const socket = net.connect(listener.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.on('close', () => closed++);
      return socket;
    });
    open.push(() => idle.forEach((socket) => void socket.destroy()));
    await Promise.all(
      idle.map((socket) => new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))),
    );
    const started = performance.now();
    await honest(listener);
    expect(performance.now() - started).toBeLessThan(2000);
    expect(closed).toBeGreaterThanOrEqual(500 - STRANGERS_PER_ADDRESS - 1);
    expect(STRANGERS_PER_ADDRESS).toBeLessThan(STRANGERS_MAX);
  });

  it('test 5: keeps one address’s strangers apart from another’s', async () => {
    const listener = await listening({ host: ['127.0.0.1'] });
    const connect = (localAddress: string): net.Socket => {
      const socket = net.connect({ port: listener.port, host: '127.0.0.1', localAddress });
      open.push(() => socket.destroy());
      return socket.on('error', () => {});
    };
    const calm = connect('127.0.0.2');
    await new Promise((resolve) => calm.once('connect', resolve));
    let cut = false;
    calm.on('close', () => {
      cut = true;
    });
    const noisy = Array.from({ length: 40 }, () => connect('127.0.0.3'));
    await Promise.all(
      noisy.map((socket) => new Promise((resolve) => socket.once('close', resolve).once('connect', resolve))),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(cut).toBe(false);
  });

  it('does not let a client resume a session after the key has changed', async () => {
    let psk = listenerPsk(KEY, LISTENER_ID);
    const listener = await listening({ lookup: () => ({ psk, context: 'folder' }) });
    const first = rawTls(listener.port).on('data', () => {});
    const session = await new Promise<Buffer>((resolve) => first.once('session', resolve));
    first.destroy();
    psk = randomBytes(32);
    for (const options of [{ session }, { session, pskCallback: undefined, rejectUnauthorized: false }]) {
      const again = rawTls(listener.port, options);
      let secure = false;
      again
        .on('error', () => {})
        .on('secureConnect', () => {
          secure = true;
        });
      await new Promise((resolve) => again.on('close', resolve));
      expect(secure).toBe(false);
    }
    expect(listener.sessions).toEqual([]);
  });

  it('test 13: closes a member’s impossible frame, and serves the next one', async () => {
    const listener = await listening();
    const socket = rawTls(listener.port);
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    const peer = new RawPeer(socket).hello();
    const session = await listener.session();
    peer.bytes(Buffer.alloc(13, 0xff));
    expect(await session.closed).toMatchObject({ code: 'protocol' });
    await peer.closed;
    expect(peer.frames.at(-1)?.kind).toBe(KIND.abort);
    await honest(listener);
  });

  it('drops a half-open peer: one that is there and says nothing more', async () => {
    const listener = await listening({ timeout: 400 });
    const socket = rawTls(listener.port);
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    new RawPeer(socket).hello();
    socket.pause();
    const session = await listener.session();
    expect(await session.closed).toMatchObject({ code: 'timeout' });
    socket.destroy();
  });

  it('gives each folder its own context by the identity', async () => {
    const other = Buffer.alloc(16, 5);
    const seen: string[] = [];
    const listener = await listening({
      lookup: (identity) => ({
        psk: listenerPsk(KEY, identity === pskIdentity(1, other) ? other : LISTENER_ID),
        context: identity,
      }),
      onSession: (_session, context) => seen.push(context),
    });
    await (await dialTest(listener.port, { listenerId: other })).close();
    await (await dialTest(listener.port)).close();
    expect(seen).toEqual([pskIdentity(1, other), pskIdentity(1, LISTENER_ID)]);
  });

  it('takes undefined for a context like any other', async () => {
    const seen: unknown[] = [];
    const { port, close } = await listenTls<undefined>({
      host: '127.0.0.1',
      port: 0,
      lookup: () => ({ psk: listenerPsk(KEY, LISTENER_ID), context: undefined }),
      hello: () => helloOf(),
      onSession: (_session, context) => seen.push(context),
    });
    await (await dialTest(port)).close();
    expect(seen).toEqual([undefined]);
    await close();
  });

  it('listens on several addresses with one port', async () => {
    const listener = await listening({ host: ['127.0.0.1', '127.0.0.2'] });
    await (await dialTest(listener.port, { host: '127.0.0.2' })).close();
    await listener.session();
    await honest(listener);
  });

  it('says EADDRINUSE, so that its caller can try the next port', async () => {
    const { port } = await listening();
    const lookup = (): undefined => undefined;
    const options = { host: '127.0.0.1', port, lookup, hello: () => helloOf(), onSession: () => {} };
    await expect(listenTls(options)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('ends its sessions when it is closed, and tells them why', async () => {
    const listener = await listening();
    const session = await dialTest(listener.port);
    await listener.close(new SyncError('io', 'the folder went away'));
    expect(await session.closed).toMatchObject({ code: 'io', message: /went away/ });
    await expect(dialTest(listener.port)).rejects.toMatchObject({ code: 'closed' });
  });

  it('stops when its signal is aborted', async () => {
    const abort = new AbortController();
    const listener = await listening({ signal: abort.signal });
    const session = await dialTest(listener.port);
    abort.abort();
    expect(await session.closed).toMatchObject({ code: 'closed' });
    await expect(dialTest(listener.port)).rejects.toMatchObject({ code: 'closed' });
  });
});
