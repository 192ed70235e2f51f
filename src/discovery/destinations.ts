/**
 * Where a search asks: the broadcast of each interface, and peers, whose names are looked up meanwhile; through which
 * sockets; and what could not be asked (docs/PROTOCOL.md [ask]). When it asks is probe.ts.
 */
import type { Socket } from 'node:dgram';
import dns from 'node:dns/promises';
import { formatHostPort, type HostPort } from './host-port.js';
import type { Interface } from './interfaces.js';
import { isIn, parseAddress } from './network.js';
import type { Target } from './search.js';
import { bindUdp, closeUdp } from './udp-socket.js';

export interface Askable {
  readonly interfaces: readonly Interface[];
  /** UDP port that broadcasts go to. */
  readonly port: number;
  /** Peers seen in earlier runs. */
  readonly known: readonly HostPort[];
  /** Peers that the user named. */
  readonly explicit: readonly HostPort[];
  readonly broadcast: boolean;
}

export interface Destination extends Target {
  readonly socket: Socket;
}

export interface DestinationEvents {
  /** The address of a peer is known from now on; it is not asked yet. `named`: the user did. */
  resolved(destination: Destination, named: boolean): void;
  /** One less is waited for: a name was looked up, or could not be, or a probe could not be sent. */
  settled(): void;
  received(datagram: Buffer, source: string): void;
}

export class Destinations {
  readonly #askable: Askable;
  readonly #events: DestinationEvents;
  readonly #sockets: Socket[] = [];
  readonly #all: Destination[] = [];
  readonly #failed = new Map<string, string>();
  /** By `host:port` as it was given. */
  readonly #peers = new Map<string, Destination>();
  /** Peers whose name is being looked up, as `host:port`. */
  readonly #unresolved = new Set<string>();
  #closed = false;

  constructor(askable: Askable, events: DestinationEvents) {
    this.#askable = askable;
    this.#events = events;
  }

  /** Opens what is to be asked; addresses of peers may come later. What cannot be opened is one of the errors. */
  async open(): Promise<void> {
    const { broadcast, interfaces } = this.#askable;
    if (broadcast) await Promise.all(interfaces.map((item) => this.#openBroadcast(item)));
    await this.#openPeers();
  }

  get all(): readonly Destination[] {
    return this.#all;
  }

  /** Whether a name is being looked up. */
  get resolving(): boolean {
    return this.#unresolved.size > 0;
  }

  /** `address:port` of everything that was asked. */
  get sentTo(): string[] {
    return [...new Set(this.#all.map(nameOf))].filter((name) => !this.#failed.has(name));
  }

  /** What could not be asked, and why; to be called when the search is over. */
  errors(): { readonly target: string; readonly message: string }[] {
    for (const peer of this.#unresolved) this.#failed.set(peer, 'its name could not be looked up in time');
    return [...this.#failed].map(([target, message]) => ({ target, message }));
  }

  /** Where a peer is asked; undefined if its name led nowhere. */
  of(peer: HostPort): Destination | undefined {
    return this.#peers.get(formatHostPort(peer));
  }

  hasFailed(destination: Destination): boolean {
    return this.#failed.has(nameOf(destination));
  }

  /** Whether a broadcast should reach the peer. */
  hearsBroadcast({ address }: Destination): boolean {
    const { broadcast, interfaces } = this.#askable;
    const number = parseAddress(address);
    if (!broadcast || number === undefined) return false;
    return interfaces.some((item) => item.broadcast !== undefined && isIn(number, item.network));
  }

  send(destination: Destination, probe: Buffer): void {
    const { socket, port, address } = destination;
    socket.send(probe, port, address, (error) => {
      if (error === null || this.#closed) return;
      this.#failed.set(nameOf(destination), error.message);
      this.#events.settled();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#sockets.splice(0).map(closeUdp));
  }

  async #openBroadcast({ address, broadcast }: Interface): Promise<void> {
    if (broadcast === undefined) return;
    const target = { kind: 'broadcast', address: broadcast, port: this.#askable.port } as const;
    const socket = await this.#bind(address, nameOf(target));
    if (socket === undefined) return;
    socket.setBroadcast(true);
    this.#all.push({ ...target, socket });
  }

  /** One socket for all peers: the system chooses the way to each. */
  async #openPeers(): Promise<void> {
    const { explicit, known } = this.#askable;
    const named = new Set(explicit.map(formatHostPort));
    const peers = new Map([...explicit, ...known].map((peer) => [formatHostPort(peer), peer]));
    const socket = peers.size === 0 ? undefined : await this.#bind('0.0.0.0', 'all peers');
    if (socket === undefined) return;
    for (const [name, peer] of peers) void this.#addPeer(peer, socket, named.has(name));
  }

  /** A name that takes long to look up holds nobody else up. */
  async #addPeer(peer: HostPort, socket: Socket, named: boolean): Promise<void> {
    const { host, port } = peer;
    const name = formatHostPort(peer);
    this.#unresolved.add(name);
    const address = await lookUp(host).catch((error: NodeJS.ErrnoException) => {
      this.#failed.set(name, `the name ${host} is not known (${error.code})`);
      return undefined;
    });
    this.#unresolved.delete(name);
    if (this.#closed) return;
    if (address !== undefined) {
      const destination: Destination = { kind: 'peer', address, port, socket };
      this.#all.push(destination);
      this.#peers.set(name, destination);
      this.#events.resolved(destination, named);
    }
    this.#events.settled();
  }

  async #bind(address: string, forWhat: string): Promise<Socket | undefined> {
    try {
      const socket = await bindUdp({ address, port: 0 });
      this.#sockets.push(socket);
      socket.on('error', (error) => void this.#failed.set(forWhat, error.message));
      socket.on('message', (datagram, source) => this.#events.received(datagram, source.address));
      return socket;
    } catch (error) {
      this.#failed.set(forWhat, (error as Error).message);
      return undefined;
    }
  }
}

async function lookUp(host: string): Promise<string> {
  const address = parseAddress(host) === undefined ? (await dns.lookup(host, { family: 4 })).address : host;
  // Debian gives the host's own name 127.0.1.1; listeners answer at the address that interfaces list.
  return address === '127.0.1.1' ? '127.0.0.1' : address;
}

function nameOf({ address, port }: Target): string {
  return `${address}:${port}`;
}
