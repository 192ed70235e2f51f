/**
 * The asking side of discovery: who of this group is there? Broadcasts on every interface, asks the peers it
 * was told or has met before directly, and waits no longer than it must (docs/PROTOCOL.md [ask]). What it asks, and
 * through which sockets, is destinations.ts.
 */
import { randomBytes } from 'node:crypto';
import { SyncError } from '../model/sync-error.js';
import type { GroupKey } from '../wire/key-schedule.js';
import { type Askable, type Destination, Destinations } from './destinations.js';
import type { HostPort } from './host-port.js';
import { type FoundPeer, Search } from './search.js';

/** Milliseconds after the start when probes go out again; then at twice the time of the last round. */
const ROUNDS_MS = [250, 1_000];
/** Milliseconds that a peer of an earlier run gets to answer the broadcast before it is asked directly as well. */
const ALONE_MS = 40;
/** Milliseconds that newcomers still get when all known peers have answered a broadcasting search. */
const NEWCOMERS_MS = 50;
/** Milliseconds for the other folders of a listener whose first reply is there. */
const SIBLINGS_MS = 5;

export interface DiscoverOptions extends Askable {
  readonly key: GroupKey;
  /** Milliseconds; the most that it waits. */
  readonly waitMs: number;
  /** Whether peers are there already: the search is for others and does not wait for a first one. */
  readonly met?: boolean;
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

class Asking {
  readonly #options: DiscoverOptions;
  readonly #search: Search;
  readonly #started = performance.now();
  readonly #destinations: Destinations;
  /** Those that the broadcast should reach: they are asked directly only if it does not. */
  readonly #waiting: Destination[] = [];
  #alone: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ending: NodeJS.Timeout | undefined;
  #finish: () => void = () => {};

  constructor(options: DiscoverOptions) {
    this.#options = options;
    this.#search = new Search({ ...options, ticks: () => performance.now(), random: randomBytes });
    this.#destinations = new Destinations(options, {
      resolved: (destination, named) => this.#onResolved(destination, named),
      settled: () => this.#endEarly(),
      received: (datagram, source) => this.#receive(datagram, source),
    });
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
      const destination = this.#destinations.of(peer);
      return destination === undefined || !this.#search.hasAnswered(destination);
    };
    const errors = this.#destinations.errors();
    return {
      found: this.#search.found,
      sentTo: this.#destinations.sentTo,
      unanswered: this.#options.explicit.filter(silent),
      errors,
    };
  }

  async close(): Promise<void> {
    clearTimeout(this.#alone);
    clearTimeout(this.#timer);
    clearTimeout(this.#ending);
    await this.#destinations.close();
  }

  async #ask(): Promise<void> {
    await this.#destinations.open();
    this.#schedule(0, 0);
    this.#alone = setTimeout(() => this.#askAlone(), ALONE_MS);
    this.#endEarly();
  }

  /** Those that the broadcast should reach may answer that. */
  #onResolved(destination: Destination, named: boolean): void {
    if (!named && this.#destinations.hearsBroadcast(destination)) this.#waiting.push(destination);
    else this.#send(destination);
  }

  #askAlone(): void {
    for (const destination of this.#waiting.splice(0)) {
      if (!this.#search.hasAnswered(destination)) this.#send(destination);
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
    for (const destination of this.#destinations.all) {
      const again = round > 0 && !this.#search.hasAnswered(destination);
      if (destination.kind === 'broadcast' || again) this.#send(destination);
    }
    const next = ROUNDS_MS[round] ?? at * 2;
    const delay = this.#started + next - performance.now();
    this.#timer = setTimeout(() => this.#schedule(round + 1, next), Math.max(0, delay));
  }

  #send(destination: Destination): void {
    this.#destinations.send(destination, this.#search.probeFor(destination));
  }

  /** Ends soon when nobody is waited for any more: all peers have answered, or there is nothing to ask. */
  #endEarly(): void {
    if (this.#ending !== undefined || this.#destinations.resolving) return;
    const peers = this.#destinations.all.filter(({ kind }) => kind === 'peer');
    const broadcasts = this.#destinations.all.length - peers.length;
    if (peers.length === 0 && broadcasts > 0 && this.#options.met !== true) return;
    const waiting = peers.some((peer) => !this.#search.hasAnswered(peer) && !this.#destinations.hasFailed(peer));
    if (waiting) return;
    const grace = broadcasts > 0 ? NEWCOMERS_MS : SIBLINGS_MS;
    this.#ending = afterReading(grace, this.#finish);
  }
}

/** A timer that lets what has come in be read first: this process may have been busy for longer than the wait. */
function afterReading(delayMs: number, action: () => void): NodeJS.Timeout {
  return setTimeout(() => setImmediate(action), delayMs);
}
