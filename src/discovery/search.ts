/**
 * What an initiator knows in the course of one search: which probes are out, who has answered, whether
 * anybody is still waited for (docs/PROTOCOL.md [ask]). No sockets and no timers here.
 */
import {
  type DatagramKeys,
  datagramKeys,
  datagramType,
  decodeReply,
  encodeProbe,
  NONCE_BYTES,
} from '../wire/datagram.js';
import { type GroupKey, ID_BYTES } from '../wire/key-schedule.js';
import { Admission } from './admission.js';
import type { HostPort } from './host-port.js';

/** Listeners; a group is a handful of machines, and each costs a connection. */
export const PEERS_MAX = 256;
/** Further addresses kept of one listener. */
const ALSO_MAX = 3;

export interface FoundPeer extends HostPort {
  /** 16 bytes: selects the TLS identity. */
  readonly listenerId: Buffer;
  readonly epoch: number;
  /** Milliseconds from probe to reply. */
  readonly rttMs: number;
  /**
   * Other addresses that replies of this listener came from. A reply can be recorded and sent on from
   * another address, but only its listener completes the TLS handshake: if `host` fails, one of these is it.
   */
  readonly also: readonly HostPort[];
}

/** Where probes go. */
export interface Target {
  readonly kind: 'broadcast' | 'peer';
  readonly address: string;
  readonly port: number;
}

export interface SearchOptions {
  readonly key: GroupKey;
  /** 16 bytes. */
  readonly initiatorId: Buffer;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds of a clock that never goes back. */
  readonly ticks: () => number;
  readonly random: (bytes: number) => Buffer;
}

export class Search {
  readonly #options: SearchOptions;
  readonly #keys: DatagramKeys;
  readonly #admission = new Admission();
  /** By probe nonce. */
  readonly #live = new Map<string, { target: Target; at: number }>();
  readonly #answered = new Set<Target>();
  /** By listener id. */
  readonly #found = new Map<string, FoundPeer>();

  constructor(options: SearchOptions) {
    this.#options = options;
    this.#keys = datagramKeys(options.key);
  }

  get found(): FoundPeer[] {
    return [...this.#found.values()];
  }

  /** Whether something came back from this very target, or the peer there has answered a broadcast. */
  hasAnswered(target: Target): boolean {
    if (this.#answered.has(target)) return true;
    const { kind, address, port } = target;
    const isThere = (at: HostPort): boolean => at.host === address && at.port === port;
    return kind === 'peer' && this.found.some((peer) => isThere(peer) || peer.also.some(isThere));
  }

  /** A fresh probe for a target: its reply tells which target, and when it was asked. */
  probeFor(target: Target): Buffer {
    const { initiatorId, now, ticks, random } = this.#options;
    const nonce = random(ID_BYTES);
    this.#live.set(nonce.toString('latin1'), { target, at: ticks() });
    return encodeProbe(this.#keys, { time: now(), initiatorId, nonce }, random(NONCE_BYTES));
  }

  /** Takes a datagram that came in; returns the peer if it is a new one. */
  receive(datagram: Buffer, source: string): FoundPeer | undefined {
    const at = this.#options.ticks();
    if (datagramType(datagram) !== 'reply' || !this.#admission.admit(source, 1, at)) return undefined;
    const reply = decodeReply(this.#keys, datagram);
    const sent = reply && this.#live.get(reply.nonce.toString('latin1'));
    if (reply === undefined || sent === undefined) return undefined;
    this.#answered.add(sent.target);
    const { listenerId, port, epoch } = reply;
    return this.#take({ host: source, port, listenerId, epoch, rttMs: at - sent.at, also: [] });
  }

  #take(peer: FoundPeer): FoundPeer | undefined {
    const id = peer.listenerId.toString('latin1');
    const known = this.#found.get(id);
    if (known !== undefined) {
      this.#found.set(id, withAddress(known, peer));
      return undefined;
    }
    if (this.#found.size >= PEERS_MAX) return undefined;
    this.#found.set(id, peer);
    return peer;
  }
}

function withAddress(known: FoundPeer, { host, port }: HostPort): FoundPeer {
  const has = [known, ...known.also].some((other) => other.host === host && other.port === port);
  return has || known.also.length >= ALSO_MAX ? known : { ...known, also: [...known.also, { host, port }] };
}
