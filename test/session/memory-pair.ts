/** Two sessions over memory, for tests of whatever runs on a session; they pass the contract tests that TLS passes. */
import { Duplex } from 'node:stream';
import type { ReplicaId } from '../../src/model/version-vector.js';
import type { Session } from '../../src/session/channel.js';
import { PROTOCOL_VERSIONS, type SessionOptions, startSession } from '../../src/session/hello.js';
import type { Hello } from '../../src/wire/message.js';

export interface Pair {
  /** The end that dialled. */
  readonly initiator: Session;
  readonly listener: Session;
}

export interface PairOptions {
  readonly initiator?: SessionOptions & { readonly hello?: Partial<Hello> };
  readonly listener?: SessionOptions & { readonly hello?: Partial<Hello> };
}

/** Starts both ends; `serve` on each before frames can come. */
export async function memoryPair(options: PairOptions = {}): Promise<Pair> {
  const [here, there] = connectedPair();
  const [initiator, listener] = await Promise.all([
    startSession({
      connection: here,
      initiator: true,
      address: 'listener:1',
      ...options.initiator,
      hello: helloOf({ replica: 'rAAAAAAA' as ReplicaId, purpose: 'once', ...options.initiator?.hello }),
    }),
    startSession({
      connection: there,
      initiator: false,
      address: 'initiator:1',
      ...options.listener,
      hello: helloOf({ replica: 'rBBBBBBB' as ReplicaId, purpose: 'serve', ...options.listener?.hello }),
    }),
  ]);
  return { initiator, listener };
}

/** A hello with something in every field. */
export function helloOf(fields: Partial<Hello> = {}): Hello {
  return {
    type: 'hello',
    versions: PROTOCOL_VERSIONS,
    group: Buffer.alloc(16, 7),
    replica: 'rAAAAAAA' as ReplicaId,
    run: Buffer.alloc(16, 9),
    name: 'host',
    clock: 1_700_000_000_000,
    features: [],
    purpose: 'once',
    deletes: false,
    readOnly: false,
    ...fields,
  };
}

/** Two ends of a byte connection in memory. Like a socket's, a written buffer may be used again afterwards. */
export function connectedPair(): [Duplex, Duplex] {
  const here: MemoryEnd = new MemoryEnd(() => there);
  const there: MemoryEnd = new MemoryEnd(() => here);
  return [here, there];
}

class MemoryEnd extends Duplex {
  readonly #other: () => MemoryEnd;
  #resume: (() => void) | undefined;

  constructor(other: () => MemoryEnd) {
    super({ allowHalfOpen: false });
    this.#other = other;
  }

  override _read(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    const copy = Buffer.from(chunk);
    setImmediate(() => this.#other().deliver(copy, callback));
  }

  override _final(callback: () => void): void {
    setImmediate(() => {
      this.#other().push(null);
      callback();
    });
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    const other = this.#other();
    setImmediate(() => {
      if (!other.destroyed && !other.readableEnded) other.destroy();
    });
    callback(error);
  }

  private deliver(chunk: Buffer, taken: () => void): void {
    if (this.destroyed || this.push(chunk)) taken();
    else this.#resume = taken;
  }
}
