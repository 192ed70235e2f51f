/**
 * The answering side of discovery: tells initiators with the group's key that a listener is here, and nobody
 * else anything (docs/PROTOCOL.md [answer]).
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { Answerer, type Served } from './answer.js';
import type { Interface } from './interfaces.js';
import { ListeningSockets } from './listening-sockets.js';
import { isIn, type Network, parseAddress } from './network.js';

/** Milliseconds: how long after a network came up a running listener is found there. */
export const INTERFACE_CHECK_MS = 30_000;

export interface ResponderOptions {
  /** What is served now; asked anew for each probe. */
  readonly folders: () => readonly Served[];
  /** The listener's TCP port, taken already: UDP probes to this very listener come to the same number. */
  readonly tcpPort: number;
  /** Where broadcasts come in, for all listeners of this host. */
  readonly discoveryPort: number;
  /** The interfaces to answer on; asked again every {@link INTERFACE_CHECK_MS}. */
  readonly interfaces: () => readonly Interface[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** An authenticated, fresh probe came for this folder: the run with that initiator id will connect soon. */
  readonly onProbe?: (listenerId: Buffer, initiatorId: Buffer) => void;
  /** Whether that run has a session with this folder already: its probe gets no reply. */
  readonly isMet?: ((listenerId: Buffer, initiatorId: Buffer) => boolean) | undefined;
  /** Networks answered besides the interfaces' own, for peers that come through a router. */
  readonly allowFrom?: readonly Network[];
  readonly signal?: AbortSignal | undefined;
}

export interface Responder {
  /** Own addresses at which `--peer address:tcpPort` reaches this listener. */
  readonly addresses: readonly string[];
  /** What could not be bound, for people; empty when all is well. */
  readonly problems: readonly string[];
  /** Idempotent. */
  close(): Promise<void>;
}

/** Rejects with `io` if no interface can be answered on; some that cannot are `problems`. */
export async function startResponder(options: ResponderOptions): Promise<Responder> {
  const answerer = new Answerer({
    ...options,
    isNear: (address) => isNear(address, [...(options.allowFrom ?? []), ...sockets.interfaces.map(networkOf)]),
    ticks: () => performance.now(),
    random: randomBytes,
  });
  const sockets = new ListeningSockets({
    ...options,
    receive: (datagram, source, reply) => {
      for (const answer of answerer.answer(datagram, source.address)) {
        send(reply, answer.datagram, source);
        options.onProbe?.(answer.listenerId, answer.initiatorId);
      }
    },
  });
  await sockets.refresh();
  if (sockets.addresses.length === 0) {
    await sockets.close();
    throw sockets.unreachable();
  }
  return running(sockets, options.signal);
}

function running(sockets: ListeningSockets, signal: AbortSignal | undefined): Responder {
  let refreshing: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    // The interfaces asked for by name may all be away for now; what is bound stays.
    refreshing = refreshing.then(() => sockets.refresh()).catch(() => {});
  }, INTERFACE_CHECK_MS);
  timer.unref();
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      clearInterval(timer);
      signal?.removeEventListener('abort', close);
      await refreshing;
      await sockets.close();
    })();
    return closing;
  };
  signal?.addEventListener('abort', close, { once: true });
  if (signal?.aborted) void close();
  return {
    get addresses() {
      return sockets.addresses;
    },
    get problems() {
      return sockets.problems;
    },
    close,
  };
}

/** A reply that cannot be sent is lost as any datagram may be; the initiator asks again. */
function send(socket: Socket, datagram: Buffer, { address, port }: { address: string; port: number }): void {
  socket.send(datagram, port, address, () => {});
}

function isNear(address: string, networks: readonly Network[]): boolean {
  const number = parseAddress(address);
  return number !== undefined && networks.some((network) => isIn(number, network));
}

function networkOf({ network }: Interface): Network {
  return network;
}
