import { randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Answerer, type Served } from '../../src/discovery/answer.js';
import type { Interface } from '../../src/discovery/interfaces.js';
import { parseNetwork } from '../../src/discovery/network.js';
import { type Discovery, discover } from '../../src/discovery/probe.js';
import { INTERFACE_CHECK_MS, type ResponderOptions } from '../../src/discovery/responder.js';
import { bindUdp, closeUdp } from '../../src/discovery/udp-socket.js';
import { SyncError } from '../../src/model/sync-error.js';
import { datagramKeys, encodeProbe } from '../../src/wire/datagram.js';
import { freePort, loopback, newGroup, search, served, startListener, type TestListener } from './test-group.js';

const HOST = '127.0.0.1';
const scope: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const close of scope.splice(0).reverse()) await close();
});

async function listener(
  folders: readonly Served[],
  port: number,
  more: Partial<ResponderOptions> = {},
): Promise<TestListener> {
  const started = await startListener(folders, port, more);
  scope.push(() => started.responder.close());
  return started;
}

const idsOf = ({ found }: Discovery) => found.map(({ listenerId }) => listenerId.toString('hex')).sort();
const idsServed = (...listeners: TestListener[]) =>
  listeners.flatMap(({ folders }) => folders.map(({ listenerId }) => listenerId.toString('hex'))).sort();

/** A listener whose replies take a while; returns its hex id. */
async function slowListener(folder: Served, port: number, delayMs: number): Promise<string> {
  const answerer = new Answerer({
    folders: () => [folder],
    tcpPort: 1,
    isNear: () => true,
    now: Date.now,
    ticks: () => performance.now(),
    random: randomBytes,
  });
  const socket = await bindUdp({ address: '127.255.255.255', port, shared: true });
  const replies = await bindUdp({ address: HOST, port: 0 });
  scope.push(async () => void (await Promise.all([closeUdp(socket), closeUdp(replies)])));
  socket.on('message', async (datagram, source) => {
    await sleep(delayMs);
    for (const answer of answerer.answer(datagram, HOST)) replies.send(answer.datagram, source.port, source.address);
  });
  return folder.listenerId.toString('hex');
}

describe('discovery over loopback', () => {
  it('finds both listeners of one host by one broadcast', async () => {
    const [key, port] = [newGroup(4), await freePort()];
    const first = await listener([served(key)], port, { tcpPort: port });
    const second = await listener([served(key)], port);
    const seen: number[] = [];
    const options = search(key, port, { waitMs: 200, onFound: (peer) => seen.push(peer.port) });
    const discovery = await discover(options);
    expect(idsOf(discovery)).toEqual(idsServed(first, second));
    expect(seen.sort()).toEqual([first.tcpPort, second.tcpPort].sort());
    for (const peer of discovery.found) {
      expect(peer).toMatchObject({ host: HOST, epoch: 4 });
      expect(peer.rttMs).toBeLessThan(1_000);
    }
    expect(discovery.sentTo).toEqual([`127.255.255.255:${port}`]);
    expect(first.probed).toEqual(idsServed(first));
  });

  it('finds every folder of its group at one listener, and nothing of other groups', async () => {
    const [key, port] = [newGroup(), await freePort()];
    const mixed = await listener([served(key), served(newGroup()), served(key)], port);
    await listener([served(newGroup())], port);
    const expected = [mixed.folders[0], mixed.folders[2]].map((folder) => folder?.listenerId.toString('hex')).sort();
    expect(idsOf(await discover(search(key, port)))).toEqual(expected);
    expect([...mixed.probed].sort()).toContain(expected[0]);
  });

  it('waits the whole time when it knows nobody', async () => {
    const [key, port] = [newGroup(), await freePort()];
    await listener([served(key)], port);
    const started = performance.now();
    await discover(search(key, port, { waitMs: 400 }));
    expect(performance.now() - started).toBeGreaterThan(390);
  });

  it('ends early once all known peers have answered, with the newcomer among them', async () => {
    const [key, port] = [newGroup(), await freePort()];
    const known = await listener([served(key)], port);
    const newcomer = await listener([served(key)], port);
    const started = performance.now();
    const options = { waitMs: 3_000, known: [{ host: HOST, port: known.tcpPort }] };
    const discovery = await discover(search(key, port, options));
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(idsOf(discovery)).toEqual(idsServed(known, newcomer));
  });

  it('gives newcomers a little time after all known peers have answered', async () => {
    const [key, port] = [newGroup(), await freePort()];
    const known = await listener([served(key)], port);
    const slow = await slowListener(served(key), port, 20);
    const options = { waitMs: 3_000, known: [{ host: HOST, port: known.tcpPort }] };
    expect(idsOf(await discover(search(key, port, options)))).toEqual([...idsServed(known), slow].sort());
  });

  it('does not end early while one of the known peers is silent', async () => {
    const [key, port] = [newGroup(), await freePort()];
    const { tcpPort } = await listener([served(key)], port);
    const started = performance.now();
    const known = [tcpPort, await freePort()].map((at) => ({ host: HOST, port: at }));
    await discover(search(key, port, { waitMs: 400, known }));
    expect(performance.now() - started).toBeGreaterThan(390);
  });

  it('asks a known peer once: directly only if the broadcast does not bring its answer', async () => {
    const [key, port] = [newGroup(), await freePort()];
    const heard = await listener([served(key)], port);
    const elsewhere = await listener([served(key)], await freePort());
    const known = [heard, elsewhere].map(({ tcpPort }) => ({ host: HOST, port: tcpPort }));
    const discovery = await discover(search(key, port, { waitMs: 3_000, known }));
    expect(idsOf(discovery)).toEqual(idsServed(heard, elsewhere));
    expect([heard.probed, elsewhere.probed]).toEqual([idsServed(heard), idsServed(elsewhere)]);
  });

  it('does not wait for a first answer when peers were met already, and gets none from those', async () => {
    const [key, port] = [newGroup(), await freePort()];
    const met = await listener([served(key)], port, { isMet: (_listener, run) => run.equals(Buffer.alloc(16, 5)) });
    const newcomer = await listener([served(key)], port);
    const started = performance.now();
    const options = { waitMs: 3_000, met: true, initiatorId: Buffer.alloc(16, 5) };
    expect(idsOf(await discover(search(key, port, options)))).toEqual(idsServed(newcomer));
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(idsOf(await discover(search(key, port)))).toEqual(idsServed(met, newcomer));
  });

  it('finds a listener that comes up while it waits', async () => {
    const [key, port] = [newGroup(), await freePort()];
    const searching = discover(search(key, port, { waitMs: 700 }));
    await sleep(100);
    const late = await listener([served(key)], port);
    expect(idsOf(await searching)).toEqual(idsServed(late));
  });
});

describe('a named peer', () => {
  it('is reached alone, though another listener of the group is on the same host, and at once', async () => {
    const [key, port] = [newGroup(), await freePort()];
    const named = await listener([served(key)], port);
    const other = await listener([served(key)], port, { tcpPort: port });
    const started = performance.now();
    const explicit = [{ host: 'localhost', port: named.tcpPort }];
    const discovery = await discover(search(key, port, { waitMs: 3_000, explicit, broadcast: false }));
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(idsOf(discovery)).toEqual(idsServed(named));
    expect(other.probed).toEqual([]);
    expect(discovery.sentTo).toEqual([`${HOST}:${named.tcpPort}`]);
  });

  it('by the host name of Debian, 127.0.1.1, is reached', async () => {
    const key = newGroup();
    const { tcpPort } = await listener([served(key)], await freePort());
    const explicit = [{ host: '127.0.1.1', port: tcpPort }];
    expect((await discover(search(key, 9, { waitMs: 2_000, explicit, broadcast: false }))).found).toHaveLength(1);
  });

  it('that does not answer or has no address is told, and does not hold up the others', async () => {
    const [key, port] = [newGroup(), await freePort()];
    const alive = await listener([served(key)], port);
    const dead = { host: HOST, port: await freePort() };
    const nameless = { host: 'no-such-host.invalid', port: 1 };
    const explicit = [dead, nameless, { host: HOST, port: alive.tcpPort }];
    const discovery = await discover(search(key, port, { explicit, broadcast: false }));
    expect(idsOf(discovery)).toEqual(idsServed(alive));
    expect(discovery.unanswered).toEqual([dead, nameless]);
    expect(discovery.errors).toMatchObject([{ target: 'no-such-host.invalid:1' }]);
  });
});

describe('a search', () => {
  it('with nothing to ask ends at once', async () => {
    const started = performance.now();
    const discovery = await discover(search(newGroup(), 9, { waitMs: 3_000, broadcast: false }));
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(discovery).toEqual({ found: [], sentTo: [], unanswered: [], errors: [] });
  });

  it('goes on when one interface fails', async () => {
    const [key, port] = [newGroup(), await freePort()];
    const { folders } = await listener([served(key)], port);
    const gone = { ...loopback()[0], address: '192.0.2.99', broadcast: '192.0.2.255', name: 'gone0' };
    const interfaces = [gone as ReturnType<typeof loopback>[number], ...loopback()];
    const discovery = await discover(search(key, port, { interfaces }));
    expect(idsOf(discovery)).toEqual(folders.map(({ listenerId }) => listenerId.toString('hex')));
    expect(discovery.errors).toMatchObject([{ target: `192.0.2.255:${port}` }]);
  });

  it('stops when it is interrupted, before and while it waits', async () => {
    for (const signal of [AbortSignal.abort(), AbortSignal.timeout(50)]) {
      const started = performance.now();
      const stopped = discover(search(newGroup(), 9, { waitMs: 3_000, signal }));
      await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
      expect(performance.now() - started).toBeLessThan(2_000);
    }
  });
});

describe('a listener', () => {
  /** Sends raw datagrams from one socket to a listener; returns the replies that came within the time. */
  async function replies(port: number, datagrams: readonly Buffer[], waitMs = 200, to = HOST): Promise<Buffer[]> {
    const socket = dgram.createSocket('udp4');
    const received: Buffer[] = [];
    socket.on('message', (datagram) => received.push(datagram));
    await new Promise<void>((resolve) => socket.bind(0, HOST, resolve));
    for (const [i, datagram] of datagrams.entries()) {
      await new Promise<void>((resolve, reject) => {
        socket.send(datagram, port, to, (error) => (error ? reject(error) : resolve()));
      });
      if (i % 50 === 49) await sleep(5);
    }
    await sleep(waitMs);
    await new Promise<void>((resolve) => socket.close(resolve));
    return received;
  }

  const probe = (key = newGroup()) => {
    const content = { time: Date.now(), initiatorId: randomBytes(16), nonce: randomBytes(16) };
    return encodeProbe(datagramKeys(key), content, randomBytes(24));
  };

  async function stillAnswers(key: ReturnType<typeof newGroup>, { tcpPort }: TestListener): Promise<void> {
    const explicit = [{ host: HOST, port: tcpPort }];
    const { found } = await discover(search(key, 9, { waitMs: 3_000, explicit, broadcast: false }));
    expect(found).toHaveLength(1);
  }

  it('is silent to datagrams of 0, 1, 255, 257, 1472 and 65507 bytes (security test 6)', async () => {
    const key = newGroup();
    const it = await listener([served(key)], await freePort());
    const whole = probe(key);
    const sized = [0, 1, 255, 257, 1472, 65507].map((size) => {
      const datagram = Buffer.alloc(size);
      whole.copy(datagram);
      return datagram;
    });
    expect(await replies(it.tcpPort, sized)).toEqual([]);
    expect(it.probed).toEqual([]);
    await stillAnswers(key, it);
  });

  it('is silent to a valid probe with any byte of it flipped (security test 7)', async () => {
    const key = newGroup();
    const it = await listener([served(key)], await freePort());
    const whole = probe(key);
    const flipped = Array.from(whole, (byte, at) => {
      const datagram = Buffer.from(whole);
      datagram[at] = byte ^ 0xff;
      return datagram;
    });
    expect(await replies(it.tcpPort, flipped)).toEqual([]);
    expect(await replies(it.tcpPort, [whole])).toHaveLength(1);
  });

  it('answers a probe that is replayed 1,000 times once (security test 8)', async () => {
    const key = newGroup();
    const it = await listener([served(key)], await freePort());
    expect(await replies(it.tcpPort, new Array(1_000).fill(probe(key)))).toHaveLength(1);
    expect(it.probed).toHaveLength(1);
    await stillAnswers(key, it);
  });

  it('answers honest probes while 2,000 junk datagrams a second come in', async () => {
    const key = newGroup();
    const it = await listener([served(key)], await freePort());
    const junk = Array.from({ length: 2_000 }, () => probe());
    const flood = replies(it.tcpPort, junk, 0);
    await sleep(100);
    const explicit = [{ host: HOST, port: it.tcpPort }];
    const { found } = await discover(search(key, 9, { waitMs: 2_000, explicit, broadcast: false }));
    expect(await flood).toEqual([]);
    expect(found).toHaveLength(1);
  });

  it('answers a probe that came behind more junk than a system keeps of its own accord, while it was busy', async () => {
    const key = newGroup();
    const it = await listener([served(key)], await freePort());
    const socket = dgram.createSocket('udp4');
    const replied = new Promise((resolve) => socket.once('message', resolve));
    scope.push(async () => void socket.close());
    // In one turn of the event loop, so that the listener, in this very process, reads none meanwhile.
    for (const datagram of [...Array.from({ length: 250 }, () => probe()), probe(key)])
      socket.send(datagram, it.tcpPort, HOST);
    expect(await Promise.race([replied, sleep(2_000, 'silence')])).toBeInstanceOf(Buffer);
  });

  it('is silent to sources off its own subnets, unless they are allowed', async () => {
    const key = newGroup();
    const elsewhere = loopback().map((item) => ({ ...item, network: parseNetwork('10.0.0.0/8') }));
    const interfaces = () => elsewhere;
    const strict = await listener([served(key)], await freePort(), { interfaces });
    expect(await replies(strict.tcpPort, [probe(key)])).toEqual([]);
    const open = { interfaces, allowFrom: [parseNetwork('127.0.0.0/8')] };
    const { tcpPort } = await listener([served(key)], await freePort(), open);
    expect(await replies(tcpPort, [probe(key)])).toHaveLength(1);
  });

  it('has its own port for itself, and says when another program has it', async () => {
    const port = await freePort();
    const { tcpPort, responder } = await listener([served(newGroup())], port);
    expect(responder.addresses).toEqual([HOST]);
    expect(responder.problems).toEqual([]);
    const second = startListener([served(newGroup())], port, { tcpPort });
    await expect(second).rejects.toBeInstanceOf(SyncError);
    await expect(second).rejects.toThrow(/UDP port \d+ at 127\.0\.0\.1 is taken .* --port/);
    await expect(second).rejects.toMatchObject({ code: 'io', cause: { code: 'EADDRINUSE' } });
  });

  it('frees its ports when it is closed, by call or by signal, twice or once', async () => {
    const [key, port] = [newGroup(), await freePort()];
    const controller = new AbortController();
    const first = await listener([served(key)], port, { signal: controller.signal });
    controller.abort();
    const again = await vi.waitFor(() => listener([served(key)], port, { tcpPort: first.tcpPort }));
    await Promise.all([again.responder.close(), again.responder.close()]);
    await listener([served(key)], port, { tcpPort: first.tcpPort });
  });

  it('is found at an address that comes up later, and leaves one that goes away', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const key = newGroup();
    const [first] = loopback();
    const second = { ...first, address: '127.0.0.2' } as Interface;
    let interfaces = loopback();
    const it = await listener([served(key)], await freePort(), { interfaces: () => interfaces });
    const probed = async () => {
      vi.advanceTimersByTime(INTERFACE_CHECK_MS);
      await sleep(50);
      return (await replies(it.tcpPort, [probe(key)], 100, '127.0.0.2')).length;
    };
    expect(await replies(it.tcpPort, [probe(key)], 100, '127.0.0.2')).toEqual([]);
    interfaces = [...interfaces, second];
    expect(await probed()).toBe(1);
    expect(it.responder.addresses).toEqual([HOST, '127.0.0.2']);
    interfaces = loopback();
    expect(await probed()).toBe(0);
    expect(it.responder.addresses).toEqual([HOST]);
  });
});
