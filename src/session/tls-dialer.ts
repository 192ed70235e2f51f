/**
 * Dials a listener (docs/PROTOCOL.md [tls]). The client fails closed: before its first byte of the protocol it
 * has made sure that the other end proved the pre-shared key, showed no certificate and speaks this protocol.
 */
import net from 'node:net';
import tls from 'node:tls';
import { SyncError } from '../model/sync-error.js';
import { type GroupKey, listenerPsk, pskIdentity } from '../wire/key-schedule.js';
import type { Hello } from '../wire/message.js';
import type { Session } from './channel.js';
import { type SessionOptions, startSession } from './hello.js';
import { CONNECT_TIMEOUT } from './session-limits.js';
import { ALPN, tlsOptions, wireCounter } from './tls-options.js';

export interface DialOptions extends SessionOptions {
  readonly host: string;
  readonly port: number;
  readonly key: GroupKey;
  /** 16 bytes, from the listener's reply. */
  readonly listenerId: Buffer;
  readonly hello: Hello;
  /** Milliseconds until TCP and TLS stand; 5,000. */
  readonly connectTimeout?: number | undefined;
  /** Called before anything is sent: channels that are opened here and now leave with the hello. */
  readonly onStart?: ((session: Session) => void) | undefined;
  /** Called before any frame behind the hello is looked at: serve here. */
  readonly onReady?: ((session: Session) => void) | undefined;
}

/**
 * Rejects with `auth` (wrong key, a certificate, another group), `version`, `timeout`, `interrupted`, or `closed`
 * when nothing answers there; each message names `host:port`.
 */
export async function dial(options: DialOptions): Promise<Session> {
  const address = `${options.host.includes(':') ? `[${options.host}]` : options.host}:${options.port}`;
  const raw = net.connect({ host: options.host, port: options.port, noDelay: true });
  const socket = await secure(raw, options, address);
  const { onReady, ...rest } = options;
  return startSession({
    ...rest,
    connection: socket,
    initiator: true,
    address,
    wire: wireCounter(raw),
    beforeEnd: () => raw.setNoDelay(false),
    ...(onReady === undefined ? {} : { onReady }),
  });
}

function secure(raw: net.Socket, options: DialOptions, address: string): Promise<tls.TLSSocket> {
  const { key, listenerId, signal } = options;
  const identity = { identity: pskIdentity(key.epoch, listenerId), psk: listenerPsk(key, listenerId) };
  return new Promise((resolve, reject) => {
    let socket: tls.TLSSocket | undefined;
    let settled = false;
    const settle = (error?: SyncError): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', interrupt);
      if (error === undefined) {
        resolve(socket as tls.TLSSocket);
        return;
      }
      socket?.destroy();
      raw.destroy();
      reject(error);
    };
    const interrupt = (): void => settle(new SyncError('interrupted', `dialling ${address} was interrupted`));
    const timeout = options.connectTimeout ?? CONNECT_TIMEOUT;
    const late = (): void => settle(new SyncError('timeout', `${address} did not answer within ${timeout / 1000} s`));
    const timer = setTimeout(late, timeout);
    if (signal?.aborted) interrupt();
    else signal?.addEventListener('abort', interrupt, { once: true });

    // These stay on the sockets: an error that nobody hears would end the process.
    raw.on('error', (cause) =>
      settle(new SyncError('closed', `${address} cannot be reached: ${cause.message}`, { cause })),
    );
    raw.once('connect', () => {
      socket = tls.connect({
        ...tlsOptions(),
        socket: raw,
        pskCallback: () => identity,
        // Three locks against a server with a certificate: no authority is trusted, whatever the environment says;
        // a chain that passes all the same is refused; and refuse() looks again.
        ca: [],
        rejectUnauthorized: true,
        checkServerIdentity: () => new Error('a certificate was shown where a pre-shared key was expected'),
      });
      socket.once('secureConnect', () => settle(refuse(socket as tls.TLSSocket, address)));
      socket.on('error', (cause: NodeJS.ErrnoException) => settle(handshakeError(cause, address)));
      socket.once('close', () =>
        settle(new SyncError('closed', `${address} closed the connection during the handshake`)),
      );
    });
  });
}

/**
 * Why a connection that TLS accepts is refused. `isSessionReused` is how OpenSSL says that a pre-shared key was
 * used; that it was the group's, and no resumption, follows from this program never offering a session.
 */
function refuse(socket: tls.TLSSocket, address: string): SyncError | undefined {
  const shown = socket.getPeerCertificate();
  const fail = (why: string): SyncError => new SyncError('auth', `${address} is no listener of this group: ${why}`);
  if (shown !== null && Object.keys(shown).length > 0) return fail('it showed a certificate');
  if (!socket.isSessionReused()) return fail('it did not use the pre-shared key');
  if (socket.alpnProtocol !== ALPN) return fail(`expected protocol ${ALPN}, got ${socket.alpnProtocol || 'none'}`);
  return undefined;
}

/** An alert or a certificate means that the key or the program is another one; the rest is the network. */
function handshakeError(cause: NodeJS.ErrnoException, address: string): SyncError {
  const code = cause.code ?? '';
  if (code.includes('NO_APPLICATION_PROTOCOL')) {
    return new SyncError('version', `${address} does not speak ${ALPN}: update the older program`, { cause });
  }
  if (['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED', 'ENETUNREACH', 'EHOSTUNREACH'].includes(code)) {
    return new SyncError('closed', `${address} closed the connection during the handshake`, { cause });
  }
  return new SyncError(
    'auth',
    `${address} refused this folder's key, or is no p2psync listener (${code || cause.message})`,
    { cause },
  );
}
