/** Two ends of a channel in memory, with room for few frames, so that whoever waits wrongly never ends. */
import { SyncError } from '../../src/model/sync-error.js';
import type { Channel, Frame, Session } from '../../src/session/channel.js';
import type { Message, MessageType } from '../../src/wire/message.js';

/** Frames in one direction; counts what passed. */
export class Pipe {
  readonly #room: number;
  readonly #frames: (Frame | undefined)[] = [];
  #error: SyncError | undefined;
  #wake: (() => void)[] = [];
  readonly types: MessageType[] = [];
  payloadBytes = 0;

  constructor(room: number) {
    this.#room = room;
  }

  async put(frame: Frame | undefined): Promise<void> {
    await this.#until(() => this.#frames.length < this.#room);
    if (frame !== undefined) {
      this.types.push(frame.message.type);
      this.payloadBytes += frame.payload.length;
    }
    this.#frames.push(frame);
    this.#turn();
  }

  async get(): Promise<Frame | undefined> {
    await this.#until(() => this.#frames.length > 0);
    const frame = this.#frames.shift();
    this.#turn();
    return frame;
  }

  fail(error: SyncError): void {
    this.#error ??= error;
    this.#turn();
  }

  async #until(ready: () => boolean): Promise<void> {
    for (;;) {
      if (this.#error !== undefined) throw this.#error;
      if (ready()) return;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  #turn(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

export interface ChannelPair {
  /** A session whose only ability is to open the channel. */
  readonly session: Session;
  /** The other end, once it is opened. */
  readonly opened: Promise<{ channel: Channel; opening: Message }>;
  readonly toOpener: Pipe;
  readonly toServer: Pipe;
}

export function channelPair(room = 2): ChannelPair {
  const toOpener = new Pipe(room);
  const toServer = new Pipe(room);
  const opened = deferred<{ channel: Channel; opening: Message }>();
  const open = async (message: Message): Promise<Channel> => {
    opened.resolve({ channel: end(message.type, toServer, toOpener), opening: message });
    return end(message.type, toOpener, toServer);
  };
  return { session: { open } as unknown as Session, opened: opened.promise, toOpener, toServer };
}

function end(kind: MessageType, from: Pipe, to: Pipe): Channel {
  return {
    kind,
    // A copy, as a connection makes: the sender may change its buffer, and the receiver's view dies.
    send: (message, payload) => to.put({ message, payload: Buffer.from(payload ?? []) }),
    receive: () => from.get(),
    end: () => to.put(undefined),
    abort: (error) => {
      from.fail(error);
      to.fail(new SyncError(error.code, error.message));
    },
  };
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
