/**
 * Collects the peers of a run: discovers listeners, dials each as soon as it answers and opens its tree,
 * while discovery goes on. A peer that fails is a failure of its own, never of the run.
 */
import { randomBytes } from 'node:crypto';
import { formatHostPort, type HostPort, parseHostPort } from '../discovery/host-port.js';
import { localInterfaces } from '../discovery/interfaces.js';
import { discover } from '../discovery/probe.js';
import type { FoundPeer } from '../discovery/search.js';
import { asSyncError, SyncError } from '../model/sync-error.js';
import type { ReplicaId } from '../model/version-vector.js';
import type { Session } from '../session/channel.js';
import { type Pace, paceOf } from '../session/pace.js';
import { type DialOptions, dial } from '../session/tls-dialer.js';
import type { RememberedPeer } from '../state/folder-state.js';
import { RemoteTree } from '../transfer/remote-tree.js';
import { type GroupKey, ID_BYTES } from '../wire/key-schedule.js';
import type { Hello } from '../wire/message.js';
import { withDistinctNames } from './distinct-names.js';
import { hexOfBytes } from './hex.js';
import type { RunOptions } from './run-options.js';
import { SIBLINGS } from './siblings.js';

/** A replica that answered and whose tree is open. */
export interface Peer {
  readonly session: Session;
  readonly tree: RemoteTree;
  readonly name: string;
  readonly address: string;
  readonly replica: ReplicaId;
  /** Milliseconds by which its clock was ahead of ours when it said hello. */
  readonly ahead: number;
  /** Where its listener answers and by which id, to be remembered. */
  readonly at: HostPort & { readonly listener?: string };
}

export interface PeerFailure {
  readonly address: string;
  readonly error: SyncError;
}

export interface Gathering {
  readonly peers: readonly Peer[];
  readonly failures: readonly PeerFailure[];
  /** Peers that answered and were not asked for (`to`), as `name@address`. */
  readonly others: readonly string[];
}

export interface Seeker {
  readonly key: GroupKey;
  readonly hello: Hello;
  readonly remembered: readonly RememberedPeer[];
  readonly options: RunOptions;
  readonly signal: AbortSignal;
}

/** Milliseconds for a peer of an earlier run to take a connection before it is sought like any other. */
const AGAIN_TIMEOUT = 500;

/** What it takes to dial a listener. */
interface Listener extends HostPort {
  /** 16 bytes. */
  readonly listenerId: Buffer;
}

export async function findPeers(seeker: Seeker): Promise<Gathering> {
  const { options, key, hello, signal } = seeker;
  const named = options.peers.map((text) => parseHostPort(text, options.port));
  const gathering = new Gatherer(seeker);
  const isNamed = (peer: HostPort): boolean => named.some((other) => isSame(other, peer));
  const wanted = seeker.remembered.filter((peer) => options.discover || isNamed(peer));
  const met = await gathering.dialAgain(wanted);
  const isNew = (peer: HostPort): boolean => !met.some((other) => isSame(other, peer));
  const explicit = named.filter(isNew);
  if (explicit.length === 0 && !options.discover) return gathering.settled();
  const discovery = await discover({
    key,
    interfaces: localInterfaces(options.interfaces),
    port: options.port,
    waitMs: options.discoverTime,
    known: options.discover ? seeker.remembered.filter(isNew) : [],
    met: met.length > 0,
    explicit,
    broadcast: options.discover,
    initiatorId: Buffer.from(hello.run),
    now: Date.now,
    onFound: (found) => gathering.dial(found),
    signal,
  });
  for (const asked of discovery.unanswered) gathering.diagnose(asked);
  return gathering.settled();
}

/** A session whose tree is being opened. */
interface Opened {
  readonly session: Session;
  readonly opening: Promise<RemoteTree>;
}

/** Dials what discovery finds, each once, and keeps the sessions that open. */
class Gatherer {
  readonly #seeker: Seeker;
  readonly #dials: Promise<void>[] = [];
  readonly #peers = new Map<ReplicaId, Peer>();
  readonly #failures: PeerFailure[] = [];
  readonly #others = new Set<string>();
  /** Listener ids, in hex, that there is a session with. */
  readonly #reached = new Set<string>();
  /** One for all sessions: `--bwlimit` is about this machine's line. */
  readonly #pace: Pace | undefined;

  constructor(seeker: Seeker) {
    this.#seeker = seeker;
    const { bwlimit } = seeker.options;
    this.#pace = bwlimit > 0 ? paceOf(bwlimit) : undefined;
  }

  dial(found: FoundPeer): void {
    if (!this.#reached.has(hexOfBytes(found.listenerId))) this.#dials.push(this.#told(found, this.#connect(found)));
  }

  /**
   * [again] Dials the listeners of earlier runs, whose processes mostly still run; gives those that were reached. Any
   * other failure than silence or another process shows when the peer is found and dialled once more.
   */
  async dialAgain(peers: readonly RememberedPeer[]): Promise<HostPort[]> {
    const connectTimeout = Math.min(AGAIN_TIMEOUT, this.#seeker.options.connectTimeout);
    const tried = peers.map(async ({ host, port, listener }) => {
      if (listener === undefined) return [];
      const at = { host, port, listenerId: Buffer.from(listener, 'hex') };
      const opened = await this.#openTree(at, connectTimeout).catch(() => undefined);
      if (opened === undefined) return [];
      this.#reached.add(listener);
      this.#dials.push(this.#told(at, this.#enter(at, opened)));
      return [at];
    });
    return (await Promise.all(tried)).flat();
  }

  /** A named peer was silent: says whether it cannot be reached or holds another key. */
  diagnose(asked: HostPort): void {
    const stranger = { ...asked, listenerId: randomBytes(ID_BYTES), epoch: this.#seeker.key.epoch };
    const dialling = this.#open(stranger).then(
      (session) => session.close(),
      (error: unknown) => this.#fail(asked, explain(asked, asSyncError(error, 'closed'))),
    );
    this.#dials.push(dialling);
  }

  async settled(): Promise<Gathering> {
    await Promise.all(this.#dials);
    const peers = withDistinctNames([...this.#peers.values()]);
    return { peers, failures: this.#failures, others: [...this.#others] };
  }

  async #connect(found: FoundPeer): Promise<void> {
    await this.#enter(found, await this.#openTree(found));
  }

  async #openTree(to: Listener, connectTimeout?: number): Promise<Opened> {
    let opening!: Promise<RemoteTree>;
    const session = await this.#open(to, {
      connectTimeout,
      onStart: (starting) => {
        opening = RemoteTree.open(starting); // [hello] leaves with it
        opening.catch(() => {}); // a session that does not begin is a failure of its own
      },
    });
    return { session, opening };
  }

  /** Keeps a session, unless it is with this very replica or one that is there already. */
  async #enter({ host, port, listenerId }: Listener, { session, opening }: Opened): Promise<void> {
    const { replica, name, features, clock } = session.peer;
    const ahead = clock - Date.now();
    if (replica === this.#seeker.hello.replica || this.#peers.has(replica)) return session.close();
    const where = formatHostPort({ host, port });
    if (!isWanted(name, where, this.#seeker.options)) {
      this.#others.add(`${name}@${where}`);
      return session.close();
    }
    const tree = await opening;
    if (this.#peers.has(replica)) return session.close();
    const at = { host, port, ...(features.includes(SIBLINGS) ? {} : { listener: hexOfBytes(listenerId) }) };
    this.#peers.set(replica, { session, tree, name, address: formatHostPort(at), replica, ahead, at });
  }

  #told(at: HostPort, work: Promise<void>): Promise<void> {
    return work.catch((error: unknown) => this.#fail(at, error));
  }

  #open(to: Listener, more: Pick<DialOptions, 'connectTimeout' | 'onStart'> = {}): Promise<Session> {
    const { key, hello, options, signal } = this.#seeker;
    return dial({
      host: to.host,
      port: to.port,
      key,
      listenerId: to.listenerId,
      hello,
      connectTimeout: more.connectTimeout ?? options.connectTimeout,
      timeout: options.timeout,
      pace: this.#pace,
      signal,
      onStart: more.onStart,
    });
  }

  #fail(at: HostPort, error: unknown): void {
    this.#failures.push({ address: formatHostPort(at), error: asSyncError(error, 'closed') });
  }
}

/** By the name, or by name and address where two have one name. Host names are the same whatever their case. */
function isWanted(name: string, address: string, { to }: RunOptions): boolean {
  const names = [name, `${name}@${address}`].map((each) => each.toLowerCase());
  return to.length === 0 || to.some((wanted) => names.includes(wanted.toLowerCase()));
}

function isSame(one: HostPort, other: HostPort): boolean {
  return one.host === other.host && one.port === other.port;
}

/** A listener is silent to whoever it does not know, so that nobody learns why: all that it can be is named. */
function explain(asked: HostPort, error: SyncError): SyncError {
  const where = formatHostPort(asked);
  if (error.code !== 'auth') return error;
  return new SyncError(
    'auth',
    `${where} runs p2psync but gives no answer for this group. Either it holds another key: compare \`p2psync invite\` on both machines; after \`rotate\`, join again with the new invite. Or it is in another network: start it with \`p2psync listen --allow-from NETWORK\`. Or its clock is ten minutes off, or a firewall drops UDP`,
    { cause: error },
  );
}
