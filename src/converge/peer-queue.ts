/**
 * Hands one peer its targets in order, each when the initiator can serve the content. A peer that fails
 * drops out: its queue is emptied and the others go on.
 */
import type { Entry } from '../model/entry.js';
import type { Name, RelPath } from '../model/path.js';
import { asSyncError, type SyncError } from '../model/sync-error.js';
import { Assignment, type OnApplied } from '../transfer/send-assign.js';
import type { MessageOf } from '../wire/message.js';
import type { Peer } from './find-peers.js';

export class PeerQueue {
  readonly peer: Peer;
  readonly #opening: MessageOf<'assign'>;
  readonly #onApplied: OnApplied;
  #assignment: Assignment | undefined;
  #tail: Promise<void> = Promise.resolve();
  #failure: SyncError | undefined;
  #denied = 0;
  #withheld: SyncError | undefined;

  constructor(peer: Peer, opening: MessageOf<'assign'>, onApplied: OnApplied) {
    this.peer = peer;
    this.#opening = opening;
    this.#onApplied = onApplied;
  }

  get failure(): SyncError | undefined {
    this.#failure ??= this.peer.session.failure;
    return this.#failure;
  }

  /** Entries that a read-only peer lacks. It is not asked to take them, so that it goes on giving. */
  get denied(): number {
    return this.#denied;
  }

  /** Why it is not asked to take anything, though it goes on giving. */
  get withheld(): SyncError | undefined {
    return this.#withheld;
  }

  withhold(reason: SyncError): void {
    this.#withheld = reason;
  }

  /** Whether the peer was told anything, so that its root may have moved. */
  get used(): boolean {
    return this.#assignment !== undefined;
  }

  /**
   * Queues targets of one directory, to be sent after `after`, which gives the names that are not to be sent.
   * Settles when they are handed over; never rejects.
   */
  push(path: RelPath, targets: readonly Entry[], after: Promise<ReadonlySet<Name>>): Promise<void> {
    if (this.peer.session.peer.readOnly) {
      this.#denied += targets.length;
      return Promise.resolve();
    }
    if (this.#withheld !== undefined) return Promise.resolve();
    this.#tail = this.#tail.then(async () => {
      try {
        const withheld = await after;
        const sent = targets.filter(({ name }) => !withheld.has(name));
        if (this.failure === undefined && sent.length > 0) await this.#send(path, sent);
      } catch (error) {
        this.fail(error);
      }
    });
    return this.#tail;
  }

  /** Waits until the peer has installed or refused everything; never rejects. */
  async finish(): Promise<void> {
    await this.#tail;
    if (this.#assignment === undefined || this.failure !== undefined) return;
    await this.#assignment.finish().catch((error: unknown) => this.fail(error));
  }

  fail(error: unknown): void {
    this.#failure ??= asSyncError(error, 'closed');
  }

  async #send(path: RelPath, targets: readonly Entry[]): Promise<void> {
    this.#assignment ??= await Assignment.open(this.peer.session, this.#opening, this.#onApplied);
    await this.#assignment.push(path, targets);
  }
}
