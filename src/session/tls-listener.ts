/**
 * Listens for sessions (docs/PROTOCOL.md [tls]). A stranger learns nothing: an unknown identity and a wrong key
 * get the same alert, and nothing of the protocol is sent before the key was proved.
 */
import { randomBytes } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import tls from 'node:tls';
import { asSyncError, SyncError, type SyncErrorCode } from '../model/sync-error.js';
import { KEY_BYTES } from '../wire/key-schedule.js';
import type { Hello } from '../wire/message.js';
import { Admission } from './admission.js';
import type { Session } from './channel.js';
import { type SessionOptions, startSession } from './hello.js';
import { ALPN, HANDSHAKE_TIMEOUT, tlsOptions, wireCounter } from './tls-options.js';

/** Sessions at once; each may hold the buffers of session-limits.ts. */
export const SESSIONS_MAX = 256;
/** The same, of one address: a member that opens session after session leaves room for the others. */
export const SESSIONS_PER_ADDRESS = 32;

export interface Rejection {
  /** `host:port` of who was refused. */
  readonly address: string;
  readonly code: SyncErrorCode;
  readonly message: string;
}

export interface ListenOptions<T> extends SessionOptions {
  /** Addresses to bind, all to one port. */
  readonly host: string | readonly string[];
  /** 0: any free one. */
  readonly port: number;
  /** The key of a PSK identity, and what it stands for; undefined for an unknown one. */
  readonly lookup: (identity: string) => { readonly psk: Buffer; readonly context: T } | undefined;
  readonly hello: (context: T) => Hello;
  /** Called before any frame behind the hello is looked at: serve here. */
  readonly onSession: (session: Session, context: T) => void;
  /** Told of each connection that came to nothing; a port scan makes many. */
  readonly onReject?: ((rejection: Rejection) => void) | undefined;
  readonly handshakeTimeout?: number | undefined;
}

export interface TlsListener {
  readonly port: number;
  /** Takes no more connections and ends the sessions, in order or with the error. Resolves when all are gone. */
  close(error?: SyncError): Promise<void>;
}

/** Rejects with Node's own error, `EADDRINUSE` for one, so that the caller can try the next port. */
export async function listenTls<T>(options: ListenOptions<T>): Promise<TlsListener> {
  const listener = new Listener(options);
  const hosts = typeof options.host === 'string' ? [options.host] : options.host;
  let port = options.port;
  try {
    for (const host of hosts) port = await listener.bind(host, port);
  } catch (error) {
    await listener.close();
    throw error;
  }
  const close = (error?: SyncError): Promise<void> => {
    options.signal?.removeEventListener('abort', interrupt);
    return listener.close(error);
  };
  const interrupt = (): void => void close(new SyncError('interrupted', 'the listener was stopped'));
  if (options.signal?.aborted) interrupt();
  else options.signal?.addEventListener('abort', interrupt, { once: true });
  return { port, close };
}

class Listener<T> {
  readonly #options: ListenOptions<T>;
  readonly #servers: tls.Server[] = [];
  readonly #admission: Admission;
  /** What the identity stood for, by the socket that it came on. */
  readonly #contexts = new WeakMap<tls.TLSSocket, T>();
  /** TCP sockets by both their ends, to find the one below a TLS socket. */
  readonly #raw = new Map<string, Socket>();
  /** Who has proved the key, and the session once its hello has come. */
  readonly #members = new Map<tls.TLSSocket, Session | undefined>();

  constructor(options: ListenOptions<T>) {
    this.#options = options;
    this.#admission = new Admission(options.handshakeTimeout);
  }

  bind(host: string, port: number): Promise<number> {
    const server = tls.createServer({
      ...tlsOptions(),
      handshakeTimeout: this.#options.handshakeTimeout ?? HANDSHAKE_TIMEOUT,
      noDelay: true,
      pskCallback: (socket, identity) => this.#psk(socket, identity),
    });
    this.#servers.push(server);
    server.on('connection', (socket: Socket) => this.#onConnection(socket));
    server.on('secureConnection', (socket) => void this.#onSecure(socket));
    server.on('tlsClientError', (error, socket) => {
      // Node leaves the socket open after a handshake that failed or took too long.
      socket.destroy();
      this.#reject(endpointOf(socket), { code: 'auth', message: error.message });
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, exclusive: true }, () => {
        server.off('error', reject).on('error', () => {}); // an accept that fails is the next one's chance
        resolve((server.address() as AddressInfo).port);
      });
    });
  }

  async close(error?: SyncError): Promise<void> {
    this.#admission.close();
    const closing = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const [socket, session] of this.#members) {
      if (session === undefined) socket.destroy();
      else closing.push(session.close(error));
    }
    await Promise.all(closing);
  }

  #psk(socket: tls.TLSSocket, identity: string): Buffer {
    const known = this.#options.lookup(identity);
    if (known !== undefined) {
      this.#contexts.set(socket, known.context);
      return known.psk;
    }
    // No answer at all would give another alert than a wrong key does, and so tell who is here.
    this.#contexts.delete(socket);
    return randomBytes(KEY_BYTES);
  }

  #onConnection(socket: Socket): void {
    const endpoint = endsOf(socket);
    this.#raw.set(endpoint, socket);
    socket.on('error', () => {}); // a reset in the handshake shows as its end
    socket.once('close', () => {
      if (this.#raw.get(endpoint) === socket) this.#raw.delete(endpoint);
    });
    this.#admission.enter(socket);
  }

  async #onSecure(socket: tls.TLSSocket): Promise<void> {
    const address = endpointOf(socket);
    const raw = this.#raw.get(endsOf(socket));
    socket.on('error', () => {});
    // A client that names no protocol at all passes TLS: it is refused here.
    const refused = socket.alpnProtocol !== ALPN || this.#isFull(raw?.remoteAddress);
    if (raw === undefined || !this.#contexts.has(socket) || refused) {
      socket.destroy();
      return;
    }
    const context = this.#contexts.get(socket) as T;
    this.#admission.leave(raw);
    this.#members.set(socket, undefined);
    socket.once('close', () => this.#members.delete(socket));
    try {
      await startSession({
        ...this.#options,
        signal: undefined, // close() ends the sessions, after the listener
        connection: socket,
        hello: this.#options.hello(context),
        initiator: false,
        address,
        wire: wireCounter(raw),
        beforeEnd: () => raw.setNoDelay(false),
        onReady: (session) => {
          this.#members.set(socket, session);
          this.#options.onSession(session, context);
        },
      });
    } catch (error) {
      this.#reject(address, asSyncError(error, 'closed'));
    }
  }

  #isFull(address: string | undefined): boolean {
    const same = [...this.#members.keys()].filter(({ remoteAddress }) => remoteAddress === address);
    return this.#members.size >= SESSIONS_MAX || same.length >= SESSIONS_PER_ADDRESS;
  }

  #reject(address: string, { code, message }: Omit<Rejection, 'address'>): void {
    this.#options.onReject?.({ address, code, message });
  }
}

/** Two sockets may have one remote end, at different addresses of this machine. */
function endsOf(socket: Socket): string {
  return `${endpointOf(socket)} ${socket.localAddress}`;
}

function endpointOf(socket: Socket): string {
  const host = socket.remoteAddress ?? 'unknown';
  return `${host.includes(':') ? `[${host}]` : host}:${socket.remotePort ?? 0}`;
}
