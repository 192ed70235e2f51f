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
import { dial } from '../session/tls-dialer.js';
import type { RememberedPeer } from '../state/folder-state.js';
import { RemoteTree } from '../transfer/remote-tree.js';
import { type GroupKey, ID_BYTES } from '../wire/key-schedule.js';
import type { Hello } from '../wire/message.js';
import type { RunOptions } from './run-options.js';

/** A replica that answered and whose tree is open. */
export interface Peer {
  readonly session: Session;
  readonly tree: RemoteTree;
  readonly name: string;
  readonly address: string;
  readonly replica: ReplicaId;
  /** Where its listener answers, to be remembered. */
  readonly listener: HostPort;
}

export interface PeerFailure {
  readonly address: string;
  readonly error: SyncError;
}

export interface Gathering {
  readonly peers: readonly Peer[];
  readonly failures: readonly PeerFailure[];
}

export interface Seeker {
  readonly key: GroupKey;
  readonly hello: Hello;
  readonly remembered: readonly RememberedPeer[];
  readonly options: RunOptions;
  readonly signal: AbortSignal;
}

export async function findPeers(seeker: Seeker): Promise<Gathering> {
  const { options, key, hello, signal } = seeker;
  const explicit = options.peers.map((text) => parseHostPort(text, options.port));
  const gathering = new Gatherer(seeker);
  const discovery = await discover({
    key,
    interfaces: localInterfaces(options.interfaces),
    port: options.port,
    waitMs: options.discoverTime,
    known: options.discover ? seeker.remembered : [],
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

/** Dials what discovery finds, each once, and keeps the sessions that open. */
class Gatherer {
  readonly #seeker: Seeker;
  readonly #dials: Promise<void>[] = [];
  readonly #peers = new Map<ReplicaId, Peer>();
  readonly #failures: PeerFailure[] = [];
  /** One for all sessions: `--bwlimit` is about this machine's line. */
  readonly #pace: Pace | undefined;

  constructor(seeker: Seeker) {
    this.#seeker = seeker;
    const { bwlimit } = seeker.options;
    this.#pace = bwlimit > 0 ? paceOf(bwlimit) : undefined;
  }

  dial(found: FoundPeer): void {
    this.#dials.push(this.#connect(found).catch((error: unknown) => this.#fail(found, error)));
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
    return { peers: [...this.#peers.values()], failures: this.#failures };
  }

  async #connect(found: FoundPeer): Promise<void> {
    let opening!: Promise<RemoteTree>;
    const session = await this.#open(found, (starting) => {
      opening = RemoteTree.open(starting); // [hello] leaves with it
      opening.catch(() => {}); // a session that does not begin is a failure of its own
    });
    const { replica, name } = session.peer;
    if (replica === this.#seeker.hello.replica || this.#peers.has(replica)) return session.close();
    const tree = await opening;
    if (this.#peers.has(replica)) return session.close();
    const listener = { host: found.host, port: found.port };
    this.#peers.set(replica, { session, tree, name, address: formatHostPort(listener), replica, listener });
  }

  #open(to: HostPort & { readonly listenerId: Buffer }, onStart?: (session: Session) => void): Promise<Session> {
    const { key, hello, options, signal } = this.#seeker;
    return dial({
      host: to.host,
      port: to.port,
      key,
      listenerId: to.listenerId,
      hello,
      connectTimeout: options.connectTimeout,
      timeout: options.timeout,
      pace: this.#pace,
      signal,
      onStart,
    });
  }

  #fail(at: HostPort, error: unknown): void {
    this.#failures.push({ address: formatHostPort(at), error: asSyncError(error, 'closed') });
  }
}

function explain(asked: HostPort, error: SyncError): SyncError {
  const where = formatHostPort(asked);
  if (error.code !== 'auth') return error;
  return new SyncError(
    'auth',
    `${where} runs p2psync but not for this group: expected a listener that holds this folder's key. Compare \`p2psync invite\` on both machines; after \`rotate\`, join again with the new invite`,
    { cause: error },
  );
}
