/**
 * How a session ends (docs/PROTOCOL.md [goodbye]): in order, when each end has said goodbye and ended its direction of
 * the connection, or by a failure, which the other end is told where it still can be. The first reason counts.
 */
import type { Duplex } from 'node:stream';
import { SyncError } from '../model/sync-error.js';
import { ANSWER_HOLD, CLOSE_TIMEOUT, LINGER } from './session-limits.js';

/** What is to be done of a session that ends, in this order. */
export interface Ending {
  /** Gives up what is under way, for this reason. */
  stop(reason: SyncError): void;
  /** Sends what is left to say: why it failed, else nothing but the goodbye. */
  tell(failure: SyncError | undefined): void;
  /** Whether anything of that has not left yet. */
  waiting(): boolean;
  /** Called before this direction of the connection is ended. */
  beforeEnd(): void;
  /** The connection is closed. */
  over(): void;
}

export class SessionEnd {
  /** The failure, or undefined for an end in order. */
  readonly closed: Promise<SyncError | undefined>;
  readonly #connection: Duplex;
  readonly #address: string;
  readonly #ending: Ending;
  /** Why the session ends, or `done` in order; undefined while it goes on. */
  #why: SyncError | 'done' | undefined;
  #goodbyeSent = false;
  #goodbyeHeard = false;
  /** Whether the other end has ended its direction of the connection, by an end that was not cut. */
  #connectionEnded = false;
  /** Whether the answer to a goodbye has waited long enough for that. */
  #answerDue = false;
  #closeTimer: NodeJS.Timeout | undefined;
  #settle: (outcome: SyncError | undefined) => void = () => {};

  constructor(connection: Duplex, address: string, ending: Ending) {
    this.#connection = connection;
    this.#address = address;
    this.#ending = ending;
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    connection.on('end', () => this.#onConnectionEnd());
    connection.on('error', (cause) => this.#onLost(`${address}: ${cause.message}`, cause));
    connection.on('close', () => this.#onClose());
  }

  /** Whether the session does not go on, for whatever reason. */
  get begun(): boolean {
    return this.#why !== undefined;
  }

  get failure(): SyncError | undefined {
    return this.#why instanceof SyncError ? this.#why : undefined;
  }

  /** What whoever still wants something of the session is told. */
  get reason(): SyncError {
    if (this.#why instanceof SyncError) return this.#why;
    return new SyncError(
      'closed',
      this.#goodbyeHeard ? 'the other end has ended the session' : 'this end has ended the session',
    );
  }

  /** [goodbye] Begins the end; the first reason counts. `tell`: the other end can still be told why. */
  begin(why: SyncError | 'done', tell = true): void {
    if (this.#why !== undefined) return;
    this.#why = why;
    this.#ending.stop(this.reason);
    this.#closeTimer = setTimeout(() => this.#connection.destroy(), why === 'done' ? CLOSE_TIMEOUT : LINGER);
    if (tell) this.#ending.tell(this.failure);
    else this.#connection.destroy();
  }

  /** Whether the goodbye is to be sent now; asked when nothing else is left to send, and true once. */
  sayGoodbye(): boolean {
    // The other end's goodbye is answered by the end of the connection alone.
    if (this.#why !== 'done' || this.#goodbyeSent || this.#goodbyeHeard) return false;
    this.#goodbyeSent = true;
    return true;
  }

  /** The end of the other direction is mostly right behind the goodbye: one answer for both. */
  heardGoodbye(): void {
    this.#goodbyeHeard = true;
    this.begin('done');
    const answer = setTimeout(() => {
      this.#answerDue = true;
      this.endConnection();
    }, ANSWER_HOLD);
    void this.closed.then(() => clearTimeout(answer));
  }

  /** [goodbye] Ends this direction when everything is said: goodbye, unless the other end was first, or the reason of a failure. */
  endConnection(): void {
    if (this.#why === undefined || this.#ending.waiting() || this.#connection.writableEnded) return;
    const mayAnswer = this.#goodbyeHeard && (this.#connectionEnded || this.#answerDue);
    if (this.#why === 'done' && !this.#goodbyeSent && !mayAnswer) return;
    this.#ending.beforeEnd();
    this.#connection.end();
  }

  #onConnectionEnd(): void {
    this.#connectionEnded = true;
    if (!this.#goodbyeHeard && !this.#goodbyeSent)
      this.#onLost(`${this.#address} closed the connection in the middle of the session`);
    else this.endConnection();
  }

  #onLost(message: string, cause?: unknown): void {
    this.begin(new SyncError('closed', message, { cause }), false);
    this.#connection.destroy();
  }

  #onClose(): void {
    this.begin(new SyncError('closed', `the connection to ${this.#address} was cut`), false);
    clearTimeout(this.#closeTimer);
    this.#ending.over();
    if (this.#why instanceof SyncError) this.#settle(this.#why);
    else if (this.#goodbyeHeard || (this.#goodbyeSent && this.#connectionEnded)) this.#settle(undefined);
    else this.#settle(new SyncError('closed', `${this.#address} did not confirm the end of the session`));
  }
}
