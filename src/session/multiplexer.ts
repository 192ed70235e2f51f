/**
 * A session over one byte connection of any kind: many channels, their frames interleaved, and its deadlines
 * (docs/PROTOCOL.md, "Channels"). hello.ts starts it; nothing else makes one.
 */
import type { Duplex } from 'node:stream';
import { asSyncError, SyncError } from '../model/sync-error.js';
import { decodeMessage } from '../wire/decode-message.js';
import { encodeMessage } from '../wire/encode-message.js';
import { FrameSplitter, KIND, type RawFrame } from '../wire/frame.js';
import type { Hello, Message, MessageType } from '../wire/message.js';
import type { Channel, ChannelHandler, Session } from './channel.js';
import { ChannelHandlers } from './channel-handlers.js';
import { type ChannelLink, ChannelStream } from './channel-stream.js';
import { ChannelTable } from './channel-table.js';
import { CreditPool } from './credit.js';
import { FrameQueue } from './frame-queue.js';
import { Output } from './output.js';
import type { Pace } from './pace.js';
import { remoteError } from './remote-error.js';
import { SessionEnd } from './session-end.js';
import { HELLO_HOLD, PROGRESS_BYTES } from './session-limits.js';
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
  readonly #options: MultiplexerOptions;
  readonly #output: Output;
  readonly #watchdog: Watchdog;
  readonly #splitter = new FrameSplitter();
  readonly #queue = new FrameQueue();
  readonly #channels: ChannelTable;
  /** Channels on which the other end owes an answer. */
  readonly #owing = new Set<ChannelStream>();
  readonly #link: ChannelLink;
  readonly #handlers = new ChannelHandlers();
  readonly #end: SessionEnd;
  #peer: Hello | undefined;
  #sent = 0;
  #received = 0;

  constructor(connection: Duplex, hello: Hello, options: MultiplexerOptions) {
    this.#options = options;
    this.address = options.address;
    this.#channels = new ChannelTable(options.initiator);
    this.#end = new SessionEnd(connection, options.address, {
      stop: (reason) => this.#stop(reason),
      tell: (failure) => this.#tell(failure),
      waiting: () => this.#output.waiting,
      beforeEnd: () => options.beforeEnd?.(),
      over: () => this.#onOver(),
    });
    this.closed = this.#end.closed;
    this.#output = new Output(
      connection,
      { next: () => this.#next(), flushed: (...args) => this.#onFlushed(...args) },
      options.pace,
    );
    this.#watchdog = new Watchdog(
      {
        stuck: () => this.#output.busy || this.#splitter.partial || this.#owing.size > 0,
        ping: () => this.#control({ kind: KIND.ping, channel: 0, header: NOTHING, payload: NOTHING }),
        fail: (error) => this.#end.begin(error),
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
      violated: (error) => this.#end.begin(error),
    };
    connection.on('data', (chunk: Buffer) => this.#onData(chunk));
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
    return this.#end.failure;
  }

  get sent(): number {
    return this.#options.wire?.().sent ?? this.#sent;
  }

  get received(): number {
    return this.#options.wire?.().received ?? this.#received;
  }

  async open(message: Message, payload?: Uint8Array): Promise<Channel> {
    await this.#channels.room();
    if (this.#end.begun) throw this.#end.reason;
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
  }

  async close(error?: SyncError): Promise<void> {
    this.#output.release(); // what is ready still goes
    this.#end.begin(error ?? 'done');
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
      this.#end.begin(asSyncError(error, 'protocol'));
    }
  }

  #next() {
    const frame = this.#queue.next();
    if (frame !== undefined || !this.#end.sayGoodbye()) return frame;
    return { kind: KIND.end, channel: 0, header: NOTHING, payload: NOTHING };
  }

  #onFlushed(bytes: number, message: boolean): void {
    this.#sent += bytes;
    if (message) this.#watchdog.sent();
    this.#end.endConnection();
  }

  // --- receiving ---

  #onData(chunk: Buffer): void {
    this.#received += chunk.length;
    this.#watchdog.heard();
    if (this.#end.failure !== undefined) return; // what comes does not matter any more
    try {
      this.#splitter.push(chunk, (frame) => this.#onFrame(frame));
    } catch (error) {
      this.#end.begin(asSyncError(error, 'protocol'));
    }
    if (this.#splitter.partial && chunk.length >= PROGRESS_BYTES) this.#watchdog.progressed();
  }

  #onFrame(frame: RawFrame): void {
    if (this.#end.failure !== undefined) return; // what comes does not matter any more
    if (this.#peer === undefined) this.#onHello(frame);
    else if (frame.channel === 0) this.#onSessionFrame(frame);
    else if (this.#end.begun)
      return; // this end has said goodbye and listens for the other's only
    else if (frame.kind === KIND.open) this.#onOpen(frame);
    else this.#onChannelFrame(frame);
  }

  #onHello(frame: RawFrame): void {
    if (frame.kind === KIND.abort && frame.channel === 0) {
      this.#end.begin(remoteError(frame), false);
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
        this.#end.begin(remoteError(frame), false);
        return;
      case KIND.end:
        this.#end.heardGoodbye();
        return;
      default:
        throw new SyncError('protocol', `frame kind ${frame.kind} came on channel 0`);
    }
  }

  #onOpen(frame: RawFrame): void {
    this.#channels.checkTheirs(frame.channel);
    this.#handlers.checkRoom();
    const message = decodeMessage(frame.header, frame.payload.length);
    const channel = new ChannelStream(this.#link, frame.channel, message.type);
    this.#channels.addTheirs(channel);
    this.#watchdog.progressed();
    this.#handlers.serve(channel, channel.receiver.open(frame, message));
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
    this.#handlers.forget(channel);
    this.#owing.delete(channel);
    this.#queue.forget(channel);
    this.#channels.remove(channel);
  }

  // --- the end ---

  #stop(reason: SyncError): void {
    for (const channel of this.#channels.all()) channel.fail(reason);
    this.#channels.wake();
    this.#queue.clear();
  }

  #tell(failure: SyncError | undefined): void {
    if (failure !== undefined) this.#queue.control(failureFrame(failure));
    this.#output.release();
  }

  #onOver(): void {
    this.#watchdog.stop();
    this.#output.close();
  }
}

function failureFrame(error: SyncError) {
  const header = encodeMessage({ type: 'failure', code: error.code, message: error.message });
  return { kind: KIND.abort, channel: 0, header, payload: NOTHING };
}
