/**
 * The asking side of discovery: who of this group is there? Broadcasts on every interface, asks the peers it
 * was told or has met before directly, and waits no longer than it must (docs/PROTOCOL.md [ask]).
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:dgram';
import dns from 'node:dns/promises';
import { SyncError } from '../model/sync-error.js';
import type { GroupKey } from '../wire/key-schedule.js';
import { formatHostPort, type HostPort } from './host-port.js';
import type { Interface } from './interfaces.js';
import { isIn, parseAddress } from './network.js';
import { type FoundPeer, Search, type Target } from './search.js';
import { bindUdp, closeUdp } from './udp-socket.js';

/** Milliseconds after the start when probes go out again; then at twice the time of the last round. */
const ROUNDS_MS = [250, 1_000];
/** Milliseconds that a peer of an earlier run gets to answer the broadcast before it is asked directly as well. */
const ALONE_MS = 40;
/** Milliseconds that newcomers still get when all known peers have answered a broadcasting search. */
const NEWCOMERS_MS = 50;
/** Milliseconds for the other folders of a listener whose first reply is there. */
const SIBLINGS_MS = 5;

export interface DiscoverOptions {
  readonly key: GroupKey;
  readonly interfaces: readonly Interface[];
  /** UDP port that broadcasts go to. */
  readonly port: number;
  /** Milliseconds; the most that it waits. */
  readonly waitMs: number;
  /** Peers seen in earlier runs. */
  readonly known: readonly HostPort[];
  /** Whether peers are there already: the search is for others and does not wait for a first one. */
  readonly met?: boolean;
  /** Peers that the user named. */
  readonly explicit: readonly HostPort[];
  readonly broadcast: boolean;
  /** 16 random bytes of this process. */
  readonly initiatorId: Buffer;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onFound?: (peer: FoundPeer) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface Discovery {
  readonly found: readonly FoundPeer[];
  /** `address:port` of everything that was asked. */
  readonly sentTo: readonly string[];
  /** Those of `explicit` from which nothing came. */
  readonly unanswered: readonly HostPort[];
  /** What could not be asked, and why; the rest was. */
  readonly errors: readonly { readonly target: string; readonly message: string }[];
}

/** Rejects only with `interrupted`, when the signal aborts. */
export async function discover(options: DiscoverOptions): Promise<Discovery> {
  const asking = new Asking(options);
  try {
    await asking.run();
    return asking.result();
  } finally {
    await asking.close();
  }
}

interface Destination extends Target {
  readonly socket: Socket;
}

class Asking {
  readonly #options: DiscoverOptions;
  readonly #search: Search;
  readonly #started = performance.now();
  readonly #sockets: Socket[] = [];
  readonly #destinations: Destination[] = [];
  readonly #failed = new Map<string, string>();
  /** By `host:port` as it was given. */
  readonly #asked = new Map<string, Destination>();
  /** Those that the broadcast should reach: they are asked directly only if it does not. */
  readonly #waiting: Destination[] = [];
  #alone: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ending: NodeJS.Timeout | undefined;
  /** Peers whose name is being looked up, as `host:port`. */
  readonly #unresolved = new Set<string>();
  #finish: () => void = () => {};
  #closed = false;

  constructor(options: DiscoverOptions) {
    this.#options = options;
    this.#search = new Search({ ...options, ticks: () => performance.now(), random: randomBytes });
  }

  async run(): Promise<void> {
    const { signal, waitMs } = this.#options;
    const over = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    const deadline = afterReading(waitMs, this.#finish);
    signal?.addEventListener('abort', this.#finish, { once: true });
    try {
      if (!signal?.aborted) await this.#ask();
      if (!signal?.aborted) await over;
    } finally {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', this.#finish);
    }
    if (signal?.aborted) throw new SyncError('interrupted', 'the search for peers was interrupted');
  }

  result(): Discovery {
    const silent = (peer: HostPort) => {
      const destination = this.#asked.get(formatHostPort(peer));
      return destination === undefined || !this.#search.hasAnswered(destination);
    };
    for (const peer of this.#unresolved) this.#failed.set(peer, 'its name could not be looked up in time');
    return {
      found: this.#search.found,
      sentTo: [...new Set(this.#destinations.map(nameOf))].filter((name) => !this.#failed.has(name)),
      unanswered: this.#options.explicit.filter(silent),
      errors: [...this.#failed].map(([target, message]) => ({ target, message })),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#alone);
    clearTimeout(this.#timer);
    clearTimeout(this.#ending);
    await Promise.all(this.#sockets.splice(0).map(closeUdp));
  }

  async #ask(): Promise<void> {
    if (this.#options.broadcast) await Promise.all(this.#options.interfaces.map((item) => this.#openBroadcast(item)));
    await this.#openPeers();
    this.#schedule(0, 0);
    this.#alone = setTimeout(() => this.#askAlone(), ALONE_MS);
    this.#endEarly();
  }

  async #openBroadcast({ address, broadcast }: Interface): Promise<void> {
    if (broadcast === undefined) return;
    const target = { kind: 'broadcast', address: broadcast, port: this.#options.port } as const;
    const socket = await this.#open(address, nameOf(target));
    if (socket === undefined) return;
    socket.setBroadcast(true);
    this.#destinations.push({ ...target, socket });
  }

  /** One socket for all peers: the system chooses the way to each. */
  async #openPeers(): Promise<void> {
    const { explicit, known } = this.#options;
    const named = new Set(explicit.map(formatHostPort));
    const peers = new Map([...explicit, ...known].map((peer) => [formatHostPort(peer), peer]));
    const socket = peers.size === 0 ? undefined : await this.#open('0.0.0.0', 'all peers');
    if (socket === undefined) return;
    for (const [name, peer] of peers) void this.#addPeer(peer, socket, named.has(name));
  }

  /** A name that takes long to look up holds nobody else up. */
  async #addPeer(peer: HostPort, socket: Socket, atOnce: boolean): Promise<void> {
    const { host, port } = peer;
    this.#unresolved.add(formatHostPort(peer));
    const address = await lookUp(host).catch((error: NodeJS.ErrnoException) => {
      this.#failed.set(formatHostPort(peer), `the name ${host} is not known (${error.code})`);
      return undefined;
    });
    this.#unresolved.delete(formatHostPort(peer));
    if (this.#closed) return;
    if (address !== undefined) {
      const destination: Destination = { kind: 'peer', address, port, socket };
      this.#destinations.push(destination);
      this.#asked.set(formatHostPort(peer), destination);
      if (!atOnce && this.#hearsBroadcast(address)) this.#waiting.push(destination);
      else this.#send(destination);
    }
    this.#endEarly();
  }

  #hearsBroadcast(address: string): boolean {
    const { broadcast, interfaces } = this.#options;
    const number = parseAddress(address);
    if (!broadcast || number === undefined) return false;
    return interfaces.some((item) => item.broadcast !== undefined && isIn(number, item.network));
  }

  #askAlone(): void {
    for (const destination of this.#waiting.splice(0)) {
      if (!this.#search.hasAnswered(destination)) this.#send(destination);
    }
  }

  async #open(address: string, forWhat: string): Promise<Socket | undefined> {
    try {
      const socket = await bindUdp({ address, port: 0 });
      this.#sockets.push(socket);
      socket.on('error', (error) => void this.#failed.set(forWhat, error.message));
      socket.on('message', (datagram, source) => this.#receive(datagram, source.address));
      return socket;
    } catch (error) {
      this.#failed.set(forWhat, (error as Error).message);
      return undefined;
    }
  }

  #receive(datagram: Buffer, source: string): void {
    const peer = this.#search.receive(datagram, source);
    if (peer !== undefined) this.#options.onFound?.(peer);
    this.#endEarly();
  }

  /**
   * Sends a round's probes and plans the next round. Broadcasts are repeated for those who missed one; peers
   * are asked as soon as their address is known, and again until they have answered.
   */
  #schedule(round: number, at: number): void {
    for (const destination of this.#destinations) {
      const again = round > 0 && !this.#search.hasAnswered(destination);
      if (destination.kind === 'broadcast' || again) this.#send(destination);
    }
    const next = ROUNDS_MS[round] ?? at * 2;
    const delay = this.#started + next - performance.now();
    this.#timer = setTimeout(() => this.#schedule(round + 1, next), Math.max(0, delay));
  }

  #send(destination: Destination): void {
    const { socket, port, address } = destination;
    socket.send(this.#search.probeFor(destination), port, address, (error) => {
      if (error === null || this.#closed) return;
      this.#failed.set(nameOf(destination), error.message);
      this.#endEarly();
    });
  }

  /** Ends soon when nobody is waited for any more: all peers have answered, or there is nothing to ask. */
  #endEarly(): void {
    if (this.#ending !== undefined || this.#unresolved.size > 0) return;
    const peers = this.#destinations.filter(({ kind }) => kind === 'peer');
    const broadcasts = this.#destinations.length - peers.length;
    if (peers.length === 0 && broadcasts > 0 && this.#options.met !== true) return;
    const waiting = peers.some((peer) => !this.#search.hasAnswered(peer) && !this.#failed.has(nameOf(peer)));
    if (waiting) return;
    const grace = broadcasts > 0 ? NEWCOMERS_MS : SIBLINGS_MS;
    this.#ending = afterReading(grace, this.#finish);
  }
}

/** A timer that lets what has come in be read first: this process may have been busy for longer than the wait. */
function afterReading(delayMs: number, action: () => void): NodeJS.Timeout {
  return setTimeout(() => setImmediate(action), delayMs);
}

async function lookUp(host: string): Promise<string> {
  const address = parseAddress(host) === undefined ? (await dns.lookup(host, { family: 4 })).address : host;
  // Debian gives the host's own name 127.0.1.1; listeners answer at the address that interfaces list.
  return address === '127.0.1.1' ? '127.0.0.1' : address;
}

function nameOf({ address, port }: Target): string {
  return `${address}:${port}`;
}
