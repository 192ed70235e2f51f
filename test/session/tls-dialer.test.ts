import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ALPN, tlsOptions } from '../../src/session/tls-options.js';
import { encodeFrame } from '../../src/wire/frame.js';
import { listenerPsk } from '../../src/wire/key-schedule.js';
import { helloOf } from './memory-pair.js';
import { dialTest, KEY, LISTENER_ID, testListener } from './tls-pair.js';

const certificate = fileURLToPath(new URL('../../fixtures/tls/test-only.crt', import.meta.url));
const privateKey = fileURLToPath(new URL('../../fixtures/tls/test-only.key', import.meta.url));

describe('dialling', () => {
  const open: (() => void)[] = [];
  afterEach(() => {
    for (const close of open.splice(0)) close();
  });

  /** A server of any kind on loopback. */
  async function serving(server: net.Server): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push(() => void server.close());
    return (server.address() as AddressInfo).port;
  }

  it('says auth for a wrong key and for a wrong listener', async () => {
    const listener = await testListener();
    const wrong = { secret: randomBytes(32), epoch: 1 };
    await expect(dialTest(listener.port, { key: wrong })).rejects.toMatchObject({ code: 'auth' });
    await expect(dialTest(listener.port, { listenerId: randomBytes(16) })).rejects.toMatchObject({ code: 'auth' });
    await expect(dialTest(listener.port, { key: { ...KEY, epoch: 2 } })).rejects.toMatchObject({ code: 'auth' });
    await listener.close();
  });

  it('says auth for another group and version for another protocol', async () => {
    const other = await testListener({ ownHello: { group: Buffer.alloc(16, 8) } });
    await expect(dialTest(other.port)).rejects.toMatchObject({ code: 'auth', message: /another group/ });
    await other.close();
    const newer = await testListener({ ownHello: { versions: [7] } });
    await expect(dialTest(newer.port)).rejects.toMatchObject({ code: 'version' });
    await newer.close();
  });

  it('says closed, and where, when nobody listens', async () => {
    const port = await serving(net.createServer());
    open.splice(0)[0]?.();
    await expect(dialTest(port)).rejects.toMatchObject({
      code: 'closed',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });

  it('times out at a server that accepts and is silent', async () => {
    const sockets: net.Socket[] = [];
    const port = await serving(net.createServer((socket) => sockets.push(socket.on('error', () => {}))));
    await expect(dialTest(port, { connectTimeout: 200 })).rejects.toMatchObject({ code: 'timeout' });
    for (const socket of sockets) socket.destroy();
  });

  it('gives up when its signal is aborted, before and while it dials', async () => {
    const port = await serving(net.createServer((socket) => socket.on('error', () => {})));
    await expect(dialTest(port, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'interrupted' });
    await expect(dialTest(port, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('takes a server that speaks no TLS for no listener', async () => {
    const port = await serving(net.createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-x\r\n')));
    await expect(dialTest(port)).rejects.toMatchObject({ code: 'auth' });
  });

  it('greets in less than 280 bytes', async () => {
    let greeting = 0;
    const server = net.createServer((socket) => {
      socket
        .on('error', () => {})
        .on('data', (chunk) => {
          greeting += chunk.length;
          socket.destroy();
        });
    });
    await expect(dialTest(await serving(server))).rejects.toMatchObject({ code: 'closed' });
    expect(greeting).toBeGreaterThan(200);
    expect(greeting).toBeLessThan(280);
  });

  it('refuses a server that holds the key and does not speak the protocol', async () => {
    let received = 0;
    const server = tls.createServer(
      { ...tlsOptions(), ALPNProtocols: undefined as never, pskCallback: () => listenerPsk(KEY, LISTENER_ID) },
      (socket) => {
        socket
          .on('error', () => {})
          .on('data', (chunk) => {
            received += chunk.length;
          });
      },
    );
    const port = await serving(server);
    await expect(dialTest(port)).rejects.toMatchObject({ code: 'auth', message: expect.stringContaining(ALPN) });
    expect(received).toBe(0);
  });

  it.each([0, 2 ** 31, 2 ** 32 - 1])('test 13: is closed by a listener’s frame length of %d', async (length) => {
    const bytes = Buffer.alloc(13);
    bytes.writeUInt32BE(length);
    const server = tls.createServer({ ...tlsOptions(), pskCallback: () => listenerPsk(KEY, LISTENER_ID) }, (socket) => {
      socket
        .on('error', () => {})
        .resume()
        .write(bytes);
    });
    await expect(dialTest(await serving(server))).rejects.toMatchObject({ code: 'protocol' });
  });

  it('test 14: allocates nothing for a hello that claims 2^53 versions, and times out when it stalls', async () => {
    const claim = encodeFrame(0, 0, Buffer.from('8a019b001fffffffffffff', 'hex'));
    const answers = [claim, encodeFrame(0, 0, Buffer.alloc(100)).subarray(0, 50)];
    const server = tls.createServer({ ...tlsOptions(), pskCallback: () => listenerPsk(KEY, LISTENER_ID) }, (socket) => {
      socket
        .on('error', () => {})
        .resume()
        .write(answers.shift() as Buffer);
    });
    const port = await serving(server);
    const before = process.memoryUsage().rss;
    await expect(dialTest(port)).rejects.toMatchObject({ code: 'protocol' });
    await expect(dialTest(port, { helloTimeout: 300 })).rejects.toMatchObject({ code: 'timeout' });
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024);
  });

  describe('test 9: a man in the middle with a certificate', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'p2psync-dial-'));
    const program = path.join(folder, 'dial.mjs');
    beforeAll(async () => {
      writeFileSync(path.join(folder, 'dial.ts'), dialProgram());
      await build({
        entryPoints: [path.join(folder, 'dial.ts')],
        outfile: program,
        bundle: true,
        platform: 'node',
        format: 'esm',
        logLevel: 'silent',
        external: ['cbor-extract'],
        banner: { js: "import { createRequire as make } from 'node:module'; const require = make(import.meta.url);" },
      });
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    it.each([
      ['that NODE_EXTRA_CA_CERTS trusts', { NODE_EXTRA_CA_CERTS: certificate }],
      ['while NODE_TLS_REJECT_UNAUTHORIZED is 0', { NODE_TLS_REJECT_UNAUTHORIZED: '0' }],
      ['with both', { NODE_EXTRA_CA_CERTS: certificate, NODE_TLS_REJECT_UNAUTHORIZED: '0' }],
    ])('gets no byte %s', async (_what, env) => {
      let received = 0;
      const options = { ...tlsOptions(), cert: readFileSync(certificate), key: readFileSync(privateKey) };
      const server = tls.createServer(options, (socket) => {
        socket
          .on('error', () => {})
          .on('data', (chunk) => {
            received += chunk.length;
          });
      });
      const port = await serving(server);
      const run = await promisify(execFile)(process.execPath, [program, String(port)], {
        env: { ...process.env, ...env },
      });
      expect(run.stdout.trim()).toBe('auth');
      expect(received).toBe(0);
    });
  });
});

/** Dials localhost with a key that the server cannot have, and prints the error's code. */
function dialProgram(): string {
  const dialer = JSON.stringify(fileURLToPath(new URL('../../src/session/tls-dialer.ts', import.meta.url)));
  const hello = JSON.stringify({ ...helloOf(), group: [], run: [] });
  return `
    import { dial } from ${dialer};
    const hello = { ...${hello}, group: Buffer.alloc(16), run: Buffer.alloc(16) };
    const key = { secret: Buffer.alloc(32, 1), epoch: 1 };
    dial({ host: 'localhost', port: Number(process.argv[2]), key, listenerId: Buffer.alloc(16, 2), hello }).then(
      () => console.log('connected'),
      (error) => console.log(error.code),
    );
  `;
}
