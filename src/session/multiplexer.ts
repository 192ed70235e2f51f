/**
 * A session over one byte connection of any kind: many channels, their frames interleaved, its deadlines and its
 * end (docs/PROTOCOL.md, "Channels"). hello.ts starts it; nothing else makes one.
 */
import type { Duplex } from 'node:stream';
import { asSyncError, SyncError } from '../model/sync-error.js';
import { decodeMessage } from '../wire/decode-message.js';
import { encodeMessage } from '../wire/encode-message.js';
import { FrameSplitter, KIND, type RawFrame } from '../wire/frame.js';
import type { Hello, Message, MessageType } from '../wire/message.js';
import type { Channel, ChannelHandler, Frame, Session } from './channel.js';
import { type ChannelLink, ChannelStream } from './channel-stream.js';
import { ChannelTable } from './channel-table.js';
import { CreditPool } from './credit.js';
import { FrameQueue } from './frame-queue.js';
import { Output } from './output.js';
import type { Pace } from './pace.js';
import { remoteError } from './remote-error.js';
import {
  ANSWER_HOLD,
  CLOSE_TIMEOUT,
  HANDLERS_MAX,
  HELLO_HOLD,
  LINGER,
  PROGRESS_BYTES,
  SERVE_GRACE,
} from './session-limits.js';
import { Watchdog } from './watchdog.js';

export interface MultiplexerOptions {
  readonly address: string;
  /** Whether this end dialled. */
  readonly initiator: boolean;
  /** Milliseconds without progress. */
  readonly timeout: number;
  /** Milliseconds that the other end may be alive without progress. */
  readonly patience: number;
  readonly pace?: Pace | undefined;
  /** Bytes below the connection, where they can be counted; else the connection's own bytes are. */
  readonly wire?: (() => { readonly sent: number; readonly received: number }) | undefined;
  /** Called before the connection is ended: its last bytes need not leave one by one. */
  readonly beforeEnd?: (() => void) | undefined;
  /** Checks the other end's first frame; throws what refuses it. */
  readonly greet: (frame: RawFrame) => Hello;
  /** Called once the hello was accepted, before any other frame is looked at. */
  readonly ready: (session: Multiplexer) => void;
}

const NOTHING = Buffer.alloc(0);

export class Multiplexer implements Session {
  readonly address: string;
  readonly closed: Promise<SyncError | undefined>;
  readonly #connection: Duplex;
  readonly #options: MultiplexerOptions;
  readonly #output: Output;
  readonly #watchdog: Watchdog;
  readonly #splitter = new FrameSplitter();
  readonly #queue = new FrameQueue();
  readonly #channels: ChannelTable;
  /** Channels on which the other end owes an answer. */
  readonly #owing = new Set<ChannelStream>();
  readonly #link: ChannelLink;
  readonly #handlers = new Map<MessageType, ChannelHandler>();
  /** Handlers that have not returned. */
  #running = 0;
  /** Opened by the peer, and nobody has said yet that he serves that kind. */
  readonly #unserved = new Map<ChannelStream, { readonly opening: Frame; readonly timer: NodeJS.Timeout }>();
  #peer: Hello | undefined;
  /** Why the session ends, or `done` in order; undefined while it goes on. */
  #ending: SyncError | 'done' | undefined;
  #goodbyeSent = false;
  #goodbyeHeard = false;
  /** Whether the other end has ended its direction of the connection, by an end that was not cut. */
  #connectionEnded = false;
  /** Whether the answer to a goodbye has waited long enough for that. */
  #answerDue = false;
  #closeTimer: NodeJS.Timeout | undefined;
  #settle: (outcome: SyncError | undefined) => void = () => {};
  #sent = 0;
  #received = 0;

  constructor(connection: Duplex, hello: Hello, options: MultiplexerOptions) {
    this.#connection = connection;
    this.#options = options;
    this.address = options.address;
    this.#channels = new ChannelTable(options.initiator);
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#output = new Output(
      connection,
      { next: () => this.#next(), flushed: (...args) => this.#onFlushed(...args) },
      options.pace,
    );
    this.#watchdog = new Watchdog(
      {
        stuck: () => this.#output.busy || this.#splitter.partial || this.#owing.size > 0,
        ping: () => this.#control({ kind: KIND.ping, channel: 0, header: NOTHING, payload: NOTHING }),
        fail: (error) => this.#end(error),
      },
      options.timeout,
      options.patience,
    );
    this.#link = {
      pool: new CreditPool(),
      ready: (channel) => this.#kick(() => this.#queue.ready(channel)),
      creditDue: (channel) => this.#kick(() => this.#queue.creditDue(channel)),
      control: (frame) => this.#control(frame),
      over: (channel) => this.#forget(channel),
      owed: (channel, answer) => void (answer ? this.#owing.add(channel) : this.#owing.delete(channel)),
      violated: (error) => this.#end(error),
    };
    connection.on('data', (chunk: Buffer) => this.#onData(chunk));
    connection.on('end', () => this.#onConnectionEnd());
    connection.on('error', (cause) => this.#onLost(`${this.address}: ${cause.message}`, cause));
    connection.on('close', () => this.#onClose());
    // [hello] The dialling end opens its first channel right behind; the other end's answer to that is often ready
    // in a moment, and its hello waits for it.
    if (!options.initiator) this.#output.hold(HELLO_HOLD);
    this.#queue.control({ kind: KIND.message, channel: 0, header: encodeMessage(hello), payload: NOTHING });
    this.#output.kick();
  }

  get peer(): Hello {
    if (this.#peer === undefined) throw new Error('a session was used before its hello');
    return this.#peer;
  }

  get failure(): SyncError | undefined {
    return this.#ending instanceof SyncError ? this.#ending : undefined;
  }

  get sent(): number {
    return this.#options.wire?.().sent ?? this.#sent;
  }

  get received(): number {
    return this.#options.wire?.().received ?? this.#received;
  }

  async open(message: Message, payload?: Uint8Array): Promise<Channel> {
    await this.#channels.room();
    if (this.#ending !== undefined) throw this.#reason();
    const channel = this.#channels.addMine((id) => new ChannelStream(this.#link, id, message.type));
    try {
      await channel.sender.send(KIND.open, message, payload);
      return channel;
    } catch (error) {
      channel.fail(asSyncError(error, 'closed'));
      throw error;
    }
  }

  serve(kind: MessageType, handler: ChannelHandler): void {
    this.#handlers.set(kind, handler);
    for (const [channel, { opening, timer }] of this.#unserved) {
      if (channel.kind !== kind) continue;
      clearTimeout(timer);
      this.#unserved.delete(channel);
      void this.#run(handler, channel, opening);
    }
  }

  async close(error?: SyncError): Promise<void> {
    this.#output.release(); // what is ready still goes
    this.#end(error ?? 'done');
    await this.closed;
  }

  // --- sending ---

  #kick(change: () => void): void {
    change();
    this.#output.release();
  }

  #control(frame: Parameters<FrameQueue['control']>[0]): void {
    try {
      this.#kick(() => this.#queue.control(frame));
    } catch (error) {
      this.#end(asSyncError(error, 'protocol'));
    }
  }

  #next() {
    const frame = this.#queue.next();
    if (frame !== undefined || this.#ending !== 'done' || this.#goodbyeSent || this.#goodbyeHeard) return frame;
    this.#goodbyeSent = true; // the other end's goodbye is answered by the end of the connection alone
    return { kind: KIND.end, channel: 0, header: NOTHING, payload: NOTHING };
  }

  #onFlushed(bytes: number, message: boolean): void {
    this.#sent += bytes;
    if (message) this.#watchdog.sent();
    this.#endConnection();
  }

  // --- receiving ---

  #onData(chunk: Buffer): void {
    this.#received += chunk.length;
    this.#watchdog.heard();
    if (this.#deaf()) return;
    try {
      this.#splitter.push(chunk, (frame) => this.#onFrame(frame));
    } catch (error) {
      this.#end(asSyncError(error, 'protocol'));
    }
    if (this.#splitter.partial && chunk.length >= PROGRESS_BYTES) this.#watchdog.progressed();
  }

  #onFrame(frame: RawFrame): void {
    if (this.#deaf()) return;
    if (this.#peer === undefined) this.#onHello(frame);
    else if (frame.channel === 0) this.#onSessionFrame(frame);
    else if (this.#ending !== undefined)
      return; // this end has said goodbye and listens for the other's only
    else if (frame.kind === KIND.open) this.#onOpen(frame);
    else this.#onChannelFrame(frame);
  }

  #onHello(frame: RawFrame): void {
    if (frame.kind === KIND.abort && frame.channel === 0) {
      this.#end(remoteError(frame), false);
      return;
    }
    if (frame.kind !== KIND.message || frame.channel !== 0)
      throw new SyncError('protocol', 'expected hello as the first frame');
    this.#peer = this.#options.greet(frame);
    this.#watchdog.progressed();
    this.#options.ready(this);
  }

  #onSessionFrame(frame: RawFrame): void {
    switch (frame.kind) {
      case KIND.ping:
        return;
      case KIND.abort:
        this.#end(remoteError(frame), false);
        return;
      case KIND.end:
        this.#goodbyeHeard = true;
        this.#end('done');
        this.#answer();
        return;
      default:
        throw new SyncError('protocol', `frame kind ${frame.kind} came on channel 0`);
    }
  }

  #onOpen(frame: RawFrame): void {
    this.#channels.checkTheirs(frame.channel);
    if (this.#running >= HANDLERS_MAX)
      throw new SyncError('protocol', `channels are opened and given up faster than ${HANDLERS_MAX} can be answered`);
    const message = decodeMessage(frame.header, frame.payload.length);
    const channel = new ChannelStream(this.#link, frame.channel, message.type);
    this.#channels.addTheirs(channel);
    this.#watchdog.progressed();
    const opening = channel.receiver.open(frame, message);
    const handler = this.#handlers.get(message.type);
    if (handler !== undefined) {
      void this.#run(handler, channel, opening);
      return;
    }
    const refuse = () => channel.abort(new SyncError('protocol', `this end does not serve ${message.type} here`));
    this.#unserved.set(channel, { opening, timer: setTimeout(refuse, SERVE_GRACE) });
  }

  /** Serves a channel for as long as the handler runs; how it fails, the other end is told. */
  async #run(handler: ChannelHandler, channel: ChannelStream, opening: Frame): Promise<void> {
    this.#running++;
    try {
      await handler(channel, opening);
      channel.finish();
    } catch (error) {
      channel.abort(asSyncError(error, 'io'));
    } finally {
      this.#running--;
    }
  }

  #onChannelFrame(frame: RawFrame): void {
    const channel = this.#channels.get(frame.channel);
    if (channel === undefined) {
      if (this.#channels.knew(frame.channel)) return; // sent before the other end heard that it is over
      throw new SyncError('protocol', `channel ${frame.channel} was never opened`);
    }
    if (frame.kind === KIND.message) this.#watchdog.progressed();
    if (frame.kind === KIND.abort) channel.fail(remoteError(frame));
    else channel.onFrame(frame);
  }

  #forget(channel: ChannelStream): void {
    clearTimeout(this.#unserved.get(channel)?.timer);
    this.#unserved.delete(channel);
    this.#owing.delete(channel);
    this.#queue.forget(channel);
    this.#channels.remove(channel);
  }

  // --- the end ---

  #reason(): SyncError {
    if (this.#ending instanceof SyncError) return this.#ending;
    return new SyncError(
      'closed',
      this.#goodbyeHeard ? 'the other end has ended the session' : 'this end has ended the session',
    );
  }

  /** Whether what comes does not matter any more. */
  #deaf(): boolean {
    return this.#ending instanceof SyncError;
  }

  /** [goodbye] Begins the end; the first reason counts. `tell`: the other end can still be told why. */
  #end(why: SyncError | 'done', tell = true): void {
    if (this.#ending !== undefined) return;
    this.#ending = why;
    for (const channel of this.#channels.all()) channel.fail(this.#reason());
    this.#channels.wake();
    this.#queue.clear();
    this.#closeTimer = setTimeout(() => this.#connection.destroy(), why === 'done' ? CLOSE_TIMEOUT : LINGER);
    if (!tell) {
      this.#connection.destroy();
      return;
    }
    if (why !== 'done') this.#queue.control(failureFrame(why));
    this.#output.release();
  }

  /** [goodbye] Ends this direction when everything is said: goodbye, unless the other end was first, or the reason of a failure. */
  #endConnection(): void {
    if (this.#ending === undefined || this.#output.waiting || this.#connection.writableEnded) return;
    const mayAnswer = this.#goodbyeHeard && (this.#connectionEnded || this.#answerDue);
    if (this.#ending === 'done' && !this.#goodbyeSent && !mayAnswer) return;
    this.#options.beforeEnd?.();
    this.#connection.end();
  }

  /** The end of the other direction is mostly right behind the goodbye: one answer for both. */
  #answer(): void {
    const answer = setTimeout(() => {
      this.#answerDue = true;
      this.#endConnection();
    }, ANSWER_HOLD);
    void this.closed.then(() => clearTimeout(answer));
  }

  #onConnectionEnd(): void {
    this.#connectionEnded = true;
    if (!this.#goodbyeHeard && !this.#goodbyeSent)
      this.#onLost(`${this.address} closed the connection in the middle of the session`);
    else this.#endConnection();
  }

  #onLost(message: string, cause?: unknown): void {
    this.#end(new SyncError('closed', message, { cause }), false);
    this.#connection.destroy();
  }

  #onClose(): void {
    this.#end(new SyncError('closed', `the connection to ${this.address} was cut`), false);
    clearTimeout(this.#closeTimer);
    this.#watchdog.stop();
    this.#output.close();
    if (this.#ending instanceof SyncError) this.#settle(this.#ending);
    else if (this.#goodbyeHeard || (this.#goodbyeSent && this.#connectionEnded)) this.#settle(undefined);
    else this.#settle(new SyncError('closed', `${this.address} did not confirm the end of the session`));
  }
}

function failureFrame(error: SyncError) {
  const header = encodeMessage({ type: 'failure', code: error.code, message: error.message });
  return { kind: KIND.abort, channel: 0, header, payload: NOTHING };
}
