/**
 * A peer that holds the key and lies. It speaks with the real codecs, so that what it sends is well formed wherever it
 * does not choose otherwise; what it claims and answers is a `Book`. It can dial a listener, be one, or write raw frames.
 */
import { randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import { byteStringOf } from '../../../src/model/byte-string.js';
import { digestOf, digestOfLink } from '../../../src/model/digest.js';
import type { Entry, Kind } from '../../../src/model/entry.js';
import type { Name, RelPath } from '../../../src/model/path.js';
import { SyncError } from '../../../src/model/sync-error.js';
import type { ReplicaId } from '../../../src/model/version-vector.js';
import type { Channel, Session } from '../../../src/session/channel.js';
import { type SessionOptions, startSession } from '../../../src/session/hello.js';
import { tlsOptions } from '../../../src/session/tls-options.js';
import { encodeDirectory } from '../../../src/tree/directory-codec.js';
import { datagramKeys, decodeProbe, decodeReply, encodeProbe, encodeReply } from '../../../src/wire/datagram.js';
import { encodeMessage } from '../../../src/wire/encode-message.js';
import { encodeFrame, type FrameKind, FrameSplitter, KIND, type RawFrame } from '../../../src/wire/frame.js';
import { type GroupKey, groupId, listenerPsk, pskIdentity } from '../../../src/wire/key-schedule.js';
import type { Hello, Message, MessageOf, WantItem } from '../../../src/wire/message.js';

const NOTHING = Buffer.alloc(0);
const LOOPBACK = '127.0.0.1';

/** A listener as a reply names it. */
export interface Found {
  readonly key: GroupKey;
  readonly port: number;
  readonly listenerId: Buffer;
  /** The address to dial from. */
  readonly from?: string;
}

/** A probe as a member makes it. */
export function probeOf(key: GroupKey, time = Date.now()): Buffer {
  const probe = { time, initiatorId: randomBytes(16), nonce: randomBytes(16) };
  return encodeProbe(datagramKeys(key), probe, randomBytes(24));
}

/** Asks the listener at `port` who it is. */
export async function find(key: GroupKey, port: number): Promise<Found> {
  const socket = dgram.createSocket('udp4');
  try {
    const reply = await new Promise<Buffer>((resolve, reject) => {
      socket.once('message', resolve);
      socket.send(probeOf(key), port, LOOPBACK);
      setTimeout(() => reject(new Error('the listener did not answer a probe')), 10_000).unref();
    });
    const decoded = decodeReply(datagramKeys(key), reply);
    if (decoded === undefined) throw new Error('the reply does not open');
    return { key, port, listenerId: decoded.listenerId };
  } finally {
    socket.close();
  }
}

/** Made once: for thousands of sessions it would cost as much as their handshakes. */
const CONTEXT = tls.createSecureContext(tlsOptions());

/** A TLS socket that has proved the key, or whatever `options` make of it. */
export function secure(
  { key, port, listenerId, from }: Found,
  options: tls.ConnectionOptions = {},
): Promise<tls.TLSSocket> {
  const identity = { identity: pskIdentity(key.epoch, listenerId), psk: listenerPsk(key, listenerId) };
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      host: LOOPBACK,
      port,
      ...(from === undefined ? {} : { localAddress: from }),
      ...(Object.keys(options).length === 0 ? { secureContext: CONTEXT } : {}),
      ...tlsOptions(),
      checkServerIdentity: () => undefined,
      pskCallback: () => identity,
      ...options,
    });
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('closed in the handshake')));
    socket.once('secureConnect', () => resolve(socket));
  });
}

export function helloOf(key: GroupKey, fields: Partial<Hello> = {}): Hello {
  return {
    type: 'hello',
    versions: [1],
    group: groupId(key),
    replica: `r${randomBytes(7).toString('latin1')}` as ReplicaId,
    run: randomBytes(16),
    name: 'liar',
    clock: Date.now(),
    features: ['brotli'],
    purpose: 'once',
    deletes: false,
    readOnly: false,
    ...fields,
  };
}

/** A session of the real kind, to be filled with lies. */
export async function dialSession(found: Found, book: Book = {}, options: SessionOptions = {}): Promise<Session> {
  const connection = await secure(found);
  const hello = helloOf(found.key, book.hello);
  return startSession({ connection, hello, initiator: true, address: 'victim', ...options, onReady: open(book) });
}

/** Writes bytes and frames, and keeps what comes. */
export class RawPeer {
  readonly socket: tls.TLSSocket;
  readonly frames: RawFrame[] = [];
  readonly closed: Promise<void>;
  readonly #key: GroupKey;

  constructor(socket: tls.TLSSocket, key: GroupKey) {
    this.socket = socket;
    this.#key = key;
    const splitter = new FrameSplitter();
    socket.on('data', (chunk: Buffer) => splitter.push(chunk, (frame) => this.frames.push(frame)));
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  bytes(bytes: Buffer): this {
    if (!this.socket.destroyed) this.socket.write(bytes);
    return this;
  }

  frame(kind: FrameKind, channel: number, message?: Message, payload: Uint8Array = NOTHING): this {
    const header = message === undefined ? NOTHING : encodeMessage(message);
    return this.bytes(encodeFrame(kind, channel, header, Buffer.from(payload)));
  }

  hello(fields: Partial<Hello> = {}): this {
    return this.frame(KIND.message, 0, helloOf(this.#key, fields));
  }
}

export async function dialRaw(found: Found): Promise<RawPeer> {
  return new RawPeer(await secure(found), found.key);
}

export interface HostileListener {
  readonly port: number;
  /** What happens to the next connections. */
  onSocket: (socket: tls.TLSSocket) => void;
  close(): Promise<void>;
}

/** Answers probes and takes connections as a listener of the group does. */
export async function hostileListener(key: GroupKey): Promise<HostileListener> {
  const listenerId = randomBytes(16);
  const psk = listenerPsk(key, listenerId);
  const server = tls.createServer({ ...tlsOptions(), pskCallback: () => psk });
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {});
    listener.onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  const { port } = server.address() as AddressInfo;
  const udp = dgram.createSocket('udp4');
  const keys = datagramKeys(key);
  udp.on('message', (datagram, from) => {
    const probe = decodeProbe(keys, datagram);
    if (probe === undefined) return;
    const reply = { nonce: probe.nonce, listenerId, port, epoch: key.epoch };
    udp.send(encodeReply(keys, reply, randomBytes(24)), from.port, from.address);
  });
  await new Promise<void>((resolve) => udp.bind(port, LOOPBACK, resolve));
  const listener: HostileListener = {
    port,
    onSocket: (socket) => socket.destroy(),
    close: () =>
      new Promise((resolve) => {
        udp.close();
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
  return listener;
}

/** Lets a hostile listener answer with the real kind of session and these lies. */
export function answerWith(listener: HostileListener, key: GroupKey, book: Book, options: SessionOptions = {}): void {
  listener.onSocket = (connection) => {
    const hello = helloOf(key, { purpose: 'serve', ...book.hello });
    const start = { connection, hello, initiator: false, address: 'victim', ...options, onReady: open(book) };
    startSession(start).catch(() => {});
  };
}

/** What a liar says when it is asked; what it leaves out is answered honestly enough. */
export interface Book {
  readonly hello?: Partial<Hello>;
  readonly root?: Partial<MessageOf<'root'>>;
  /** A packed directory, or what to do instead. */
  readonly directory?: (path: RelPath, channel: Channel) => Uint8Array | Promise<Uint8Array>;
  readonly content?: (item: WantItem, number: number, channel: Channel) => Uint8Array | Promise<void>;
  readonly delta?: (channel: Channel, opening: MessageOf<'delta'>) => Promise<void>;
  readonly assign?: (channel: Channel) => Promise<void>;
  /** Instead of all answers about the tree. */
  readonly tree?: (channel: Channel) => Promise<void>;
  /** What it does of its own accord once the session stands. */
  readonly attack?: (session: Session) => Promise<void>;
}

function open(book: Book): (session: Session) => void {
  return (session) => {
    session.serve('tree', (channel) => (book.tree === undefined ? tree(channel, book) : book.tree(channel)));
    session.serve('content', (channel) => contents(channel, book));
    session.serve('delta', async (channel, { message }) => {
      if (message.type !== 'delta') return;
      if (book.delta !== undefined) await book.delta(channel, message);
      else channel.abort(new SyncError('changed', 'no delta of that'));
    });
    session.serve('assign', (channel) => (book.assign === undefined ? assign(channel) : book.assign(channel)));
    book.attack?.(session).catch(() => {});
  };
}

async function tree(channel: Channel, book: Book): Promise<void> {
  const root = {
    full: randomDigest(),
    view: randomDigest(),
    entries: 1,
    bytes: 1,
    seen: [],
    free: Number.MAX_SAFE_INTEGER,
  };
  await channel.send({ type: 'root', ...root, ...book.root });
  for (let frame = await channel.receive(); frame !== undefined; frame = await channel.receive()) {
    if (frame.message.type !== 'list') continue;
    const { path } = frame.message;
    const packed = (await book.directory?.(path, channel)) ?? pack([]);
    for (let at = 0; at === 0 || at < packed.length; at += 200_000) {
      const last = at + 200_000 >= packed.length;
      await channel.send({ type: 'directory', path, last }, packed.subarray(at, at + 200_000));
    }
  }
  await channel.end();
}

async function contents(channel: Channel, book: Book): Promise<void> {
  let item = 0;
  for (let frame = await channel.receive(); frame !== undefined; frame = await channel.receive()) {
    if (frame.message.type !== 'want') continue;
    for (const want of frame.message.items) {
      const answer = await book.content?.(want, item, channel);
      if (answer instanceof Uint8Array) await sendContent(channel, item, answer);
      else if (book.content === undefined) {
        await channel.send({ type: 'contents', segments: [{ item, length: 0, status: 'gone' }] });
      }
      item++;
    }
  }
  await channel.end();
}

/** One item's content, whatever its length was said to be. */
export async function sendContent(channel: Channel, item: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at === 0 || at < bytes.length; at += 100_000) {
    const part = bytes.subarray(at, at + 100_000);
    const status = at + part.length === bytes.length ? 'last' : 'more';
    await channel.send({ type: 'contents', segments: [{ item, length: part.length, status }] }, part);
  }
}

async function assign(channel: Channel): Promise<void> {
  for (let frame = await channel.receive(); frame !== undefined; frame = await channel.receive()) {
    if (frame.message.type !== 'target' || !frame.message.last) continue;
    await channel.send({ type: 'applied', path: frame.message.path, changes: [], problems: [], last: true });
  }
  await channel.end();
}

/** Hands targets to a listener as an initiator does; resolves with all that it reports. */
export async function push(
  session: Session,
  directories: Iterable<readonly [path: string, packed: Uint8Array]>,
  fields: Partial<MessageOf<'assign'>> = {},
): Promise<MessageOf<'applied'>[]> {
  const channel = await session.open({ type: 'assign', conflict: 'keep-both', deletes: false, known: 0, ...fields });
  const sending = (async () => {
    for (const [path, packed] of directories)
      await channel.send({ type: 'target', path: path as RelPath, last: true }, packed);
    await channel.end();
  })();
  sending.catch(() => {});
  const applied: MessageOf<'applied'>[] = [];
  for (let frame = await channel.receive(); frame !== undefined; frame = await channel.receive()) {
    if (frame.message.type === 'applied') applied.push(frame.message);
  }
  await sending;
  return applied;
}

/** A packed directory, in the order given: right or wrong is the caller's choice. */
export function pack(entries: readonly Entry[]): Buffer {
  return Buffer.from(encodeDirectory(entries, { local: false }));
}

/** A plausible entry; its content is its name unless said otherwise. */
export function entryOf(name: string, fields: Partial<Entry> & { readonly content?: Uint8Array } = {}): Entry {
  const { content = Buffer.from(name, 'latin1'), ...rest } = fields;
  const kind: Kind = rest.kind ?? 'file';
  const held = kind === 'file' || kind === 'symlink';
  const entry: Entry = {
    name: name as Name,
    kind,
    size: held ? content.length : 0,
    mtime: held ? 1_600_000_000_000_000 : 0,
    mode: kind === 'symlink' || kind === 'deleted' ? 0 : kind === 'directory' ? 0o755 : 0o644,
    digest:
      kind === 'symlink' ? digestOfLink(byteStringOf(content)) : held ? digestOf(content) : ('' as Entry['digest']),
    vector: [[LIAR, 1]],
    lineage: [],
    ...rest,
  };
  if (kind !== 'directory' || entry.tree !== undefined) return entry;
  return { ...entry, tree: { full: randomDigest(), view: randomDigest(), entries: 1, bytes: 1 } };
}

const LIAR = 'rliar..1' as ReplicaId;

export function randomDigest(): Entry['digest'] {
  return randomBytes(32).toString('latin1') as Entry['digest'];
}

/** Bytes on a bare TCP connection; resolves with what came until the other end closed it, or `ms` passed. */
export function rawTcp(
  port: number,
  bytes: Buffer,
  ms = 10_000,
): Promise<{ readonly got: Buffer; readonly closed: boolean }> {
  return new Promise((resolve) => {
    const got: Buffer[] = [];
    const socket = net.connect({ host: LOOPBACK, port }, () => socket.write(bytes));
    const finish = (closed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ got: Buffer.concat(got), closed });
    };
    const timer = setTimeout(() => finish(false), ms);
    socket.on('data', (chunk) => got.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => finish(true));
  });
}
