/**
 * The sockets of a listener: for each interface one at its own address and the listener's port, ours alone,
 * from which replies leave; and one at its broadcast address, which all listeners of the host share. Each is
 * bound to one address, so another user's program cannot bind beside it and take our datagrams.
 */
import type { Socket } from 'node:dgram';
import { SyncError } from '../model/sync-error.js';
import type { Interface } from './interfaces.js';
import { isIn, parseAddress } from './network.js';
import { bindUdp, closeUdp, type UdpAddress } from './udp-socket.js';

const ANY_ADDRESS = '0.0.0.0';
/**
 * Bytes of datagrams that may wait while this process is busy or does not get the processor. One of a probe's size counts as
 * 1,280 on Linux (measured), so that the usual 208 KiB are full after 83 ms of 2,000 a second, and a probe behind them is lost.
 */
const WAITING = 1024 * 1024;
/** Why an address could not be bound: another program has it. */
const TAKEN = 'EADDRINUSE';

export type Receive = (datagram: Buffer, source: { address: string; port: number }, reply: Socket) => void;

export interface ListeningOptions {
  readonly interfaces: () => readonly Interface[];
  readonly tcpPort: number;
  readonly discoveryPort: number;
  readonly receive: Receive;
}

export class ListeningSockets {
  readonly #options: ListeningOptions;
  /** By interface address. */
  readonly #own = new Map<string, Socket>();
  /** By broadcast address, or {@link ANY_ADDRESS} where a system does not let one bind those. */
  readonly #shared = new Map<string, Socket>();
  #interfaces: readonly Interface[] = [];
  #problems: string[] = [];
  #failure: unknown;
  #closed = false;

  constructor(options: ListeningOptions) {
    this.#options = options;
  }

  get interfaces(): readonly Interface[] {
    return this.#interfaces;
  }

  /** Addresses at which probes reach this listener alone. */
  get addresses(): string[] {
    return [...this.#own.keys()];
  }

  /** What could not be bound at the last refresh. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** The error of a listener that can be reached nowhere; its cause is the system's last one. */
  unreachable(): SyncError {
    const why = this.#problems.join('; ') || 'no network interface has an IPv4 address';
    return new SyncError('io', `no UDP port could be opened: ${why}`, { cause: this.#failure });
  }

  /** Binds what has come up, closes what is gone. What fails is a problem and tried again the next time. */
  async refresh(): Promise<void> {
    this.#interfaces = this.#options.interfaces();
    this.#problems = [];
    await this.#dropAllBut(this.#own, new Set(this.#interfaces.map(({ address }) => address)));
    await this.#dropAllBut(this.#shared, new Set([ANY_ADDRESS, ...this.#interfaces.flatMap(broadcastsOf)]));
    for (const item of this.#interfaces) {
      await this.#bindOwn(item);
      await this.#bindShared(item);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#dropAllBut(this.#own, new Set());
    await this.#dropAllBut(this.#shared, new Set());
  }

  async #bindOwn({ address }: Interface): Promise<void> {
    if (this.#own.has(address)) return;
    const socket = await this.#bind({ address, port: this.#options.tcpPort }, this.#own);
    socket?.on('message', (datagram, source) => this.#options.receive(datagram, source, socket));
  }

  async #bindShared({ address, broadcast }: Interface): Promise<void> {
    if (broadcast === undefined || this.#shared.has(broadcast) || this.#shared.has(ANY_ADDRESS)) return;
    const port = this.#options.discoveryPort;
    const bound = await this.#bind({ address: broadcast, port, shared: true }, this.#shared);
    // Windows binds no broadcast address; there all interfaces share one socket.
    const socket = bound ?? (await this.#bind({ address: ANY_ADDRESS, port, shared: true }, this.#shared));
    const fixed = bound === undefined ? undefined : address;
    socket?.on('message', (datagram, source) => {
      const reply = this.#own.get(fixed ?? this.#addressFor(source.address));
      if (reply !== undefined) this.#options.receive(datagram, source, reply);
    });
  }

  /** The own address in the network of a peer; replies from elsewhere would not reach it. */
  #addressFor(source: string): string {
    const number = parseAddress(source);
    const item = this.#interfaces.find(({ network }) => number !== undefined && isIn(number, network));
    return (item ?? this.#interfaces[0])?.address ?? '';
  }

  async #bind(at: UdpAddress, into: Map<string, Socket>): Promise<Socket | undefined> {
    try {
      const socket = await bindUdp({ ...at, waiting: WAITING });
      if (this.#closed) {
        await closeUdp(socket);
        return undefined;
      }
      into.set(at.address, socket);
      // An interface that goes away, an unreachable peer: the next refresh sees what is left.
      socket.on('error', () => {});
      return socket;
    } catch (error) {
      this.#failure = error;
      this.#problems.push(problemOf(at, error as NodeJS.ErrnoException));
      return undefined;
    }
  }

  async #dropAllBut(sockets: Map<string, Socket>, wanted: ReadonlySet<string>): Promise<void> {
    for (const [address, socket] of sockets) {
      if (wanted.has(address) && !this.#closed) continue;
      sockets.delete(address);
      await closeUdp(socket);
    }
  }
}

function broadcastsOf({ broadcast }: Interface): string[] {
  return broadcast === undefined ? [] : [broadcast];
}

function problemOf({ address, port }: UdpAddress, error: NodeJS.ErrnoException): string {
  const why =
    error.code === TAKEN ? 'is taken by another program: choose another with --port' : `failed (${error.code})`;
  return `UDP port ${port} at ${address} ${why}`;
}
