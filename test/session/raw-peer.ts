/** A peer that speaks bytes, not the protocol: for tests that attack a session from the other end. */
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { Session } from '../../src/session/channel.js';
import { type SessionOptions, startSession } from '../../src/session/hello.js';
import { tlsOptions } from '../../src/session/tls-options.js';
import { encodeMessage } from '../../src/wire/encode-message.js';
import { encodeAmount, encodeFrame, type FrameKind, FrameSplitter, KIND, type RawFrame } from '../../src/wire/frame.js';
import { listenerPsk, pskIdentity } from '../../src/wire/key-schedule.js';
import type { Hello, Message } from '../../src/wire/message.js';
import { connectedPair, helloOf } from './memory-pair.js';
import { KEY, LISTENER_ID } from './tls-pair.js';

const NOTHING = Buffer.alloc(0);

export class RawPeer {
  readonly connection: Duplex;
  readonly frames: RawFrame[] = [];
  readonly closed: Promise<void>;

  constructor(connection: Duplex) {
    this.connection = connection;
    const splitter = new FrameSplitter();
    connection.on('data', (chunk: Buffer) => splitter.push(chunk, (frame) => this.frames.push(frame)));
    connection.on('error', () => {});
    this.closed = new Promise((resolve) => connection.on('close', () => resolve()));
  }

  bytes(bytes: Buffer): this {
    if (!this.connection.destroyed) this.connection.write(bytes);
    return this;
  }

  frame(kind: FrameKind, channel: number, message?: Message, payload: Buffer = NOTHING): this {
    return this.bytes(encodeFrame(kind, channel, message === undefined ? NOTHING : encodeMessage(message), payload));
  }

  hello(fields: Partial<Hello> = {}): this {
    return this.frame(KIND.message, 0, helloOf(fields));
  }

  amount(kind: typeof KIND.credit | typeof KIND.blocked, channel: number, amount: number): this {
    return this.frame(kind, channel, undefined, encodeAmount(amount));
  }

  /** Sends pings, so that only a lack of progress can end the session. */
  keepAlive(interval: number): this {
    const timer = setInterval(() => this.frame(KIND.ping, 0), interval);
    void this.closed.then(() => clearInterval(timer));
    return this;
  }
}

/** A session over memory with a raw peer at its other end; the session is the listening one. */
export function attack(options: SessionOptions = {}): { readonly session: Promise<Session>; readonly peer: RawPeer } {
  const [here, there] = connectedPair();
  const session = startSession({
    connection: there,
    initiator: false,
    address: 'raw:1',
    hello: helloOf({ purpose: 'serve' }),
    ...options,
  });
  session.catch(() => {});
  return { session, peer: new RawPeer(here) };
}

/** A TLS client socket that knows the key, or whatever `options` make of it. */
export function rawTls(port: number, options: tls.ConnectionOptions = {}): tls.TLSSocket {
  const identity = { identity: pskIdentity(KEY.epoch, LISTENER_ID), psk: listenerPsk(KEY, LISTENER_ID) };
  return tls.connect({
    host: '127.0.0.1',
    port,
    ...tlsOptions(),
    checkServerIdentity: () => undefined,
    pskCallback: () => identity,
    ...options,
  });
}
