/**
 * The start of a session: each end sends its hello at once and takes the other's as the first frame; then both
 * know that they speak a common version about the same group (docs/PROTOCOL.md [hello]).
 */
import type { Duplex } from 'node:stream';
import { SyncError } from '../model/sync-error.js';
import { decodeMessage, versionsOf } from '../wire/decode-message.js';
import type { RawFrame } from '../wire/frame.js';
import type { Hello } from '../wire/message.js';
import type { Session } from './channel.js';
import { Multiplexer } from './multiplexer.js';
import { type Pace, paceOf } from './pace.js';
import { HELLO_TIMEOUT, PATIENCE, TIMEOUT } from './session-limits.js';

/** Versions of this protocol that this program speaks, newest first. */
export const PROTOCOL_VERSIONS: readonly number[] = [1];

/** How a session shall behave; every field has a default. */
export interface SessionOptions {
  /** Milliseconds without progress; 30,000. */
  readonly timeout?: number | undefined;
  /** Milliseconds that the other end may be alive without progress: it scans, or serves others; 600,000. */
  readonly patience?: number | undefined;
  /** Milliseconds until the other end's hello; 5,000. */
  readonly helloTimeout?: number | undefined;
  /** Bytes a second that this session sends; 0 or none: no limit. */
  readonly bwlimit?: number | undefined;
  /** A limit shared with other sessions, instead of `bwlimit`. */
  readonly pace?: Pace | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Start extends SessionOptions {
  readonly connection: Duplex;
  readonly hello: Hello;
  readonly initiator: boolean;
  /** `host:port` of the other end. */
  readonly address: string;
  readonly wire?: (() => { readonly sent: number; readonly received: number }) | undefined;
  readonly beforeEnd?: (() => void) | undefined;
  /**
   * Called before anything is sent: channels that are opened here and now leave with the hello. The other end is not
   * known yet (`peer` throws), and what it answers is not looked at before its hello was accepted.
   */
  readonly onStart?: ((session: Session) => void) | undefined;
  /** Called in the same tick in which the hello came, before frames behind it: serve here. */
  readonly onReady?: (session: Session) => void;
}

/**
 * Starts a session on a connection, which belongs to it from now on. Rejects with `version`, `auth` (another
 * group), `timeout`, `protocol`, `closed` or `interrupted`.
 */
export function startSession(start: Start): Promise<Session> {
  const { connection, hello, signal } = start;
  return new Promise((resolve, reject) => {
    const session = new Multiplexer(connection, hello, {
      address: start.address,
      initiator: start.initiator,
      timeout: start.timeout ?? TIMEOUT,
      patience: start.patience ?? PATIENCE,
      pace: start.pace ?? (start.bwlimit ? paceOf(start.bwlimit) : undefined),
      wire: start.wire,
      beforeEnd: start.beforeEnd,
      greet: (frame) => checkHello(frame, hello),
      ready: (ready) => {
        clearTimeout(timer);
        start.onReady?.(ready);
        resolve(ready);
      },
    });
    const late = () => void session.close(new SyncError('timeout', `${start.address} did not say hello in time`));
    const timer = setTimeout(late, start.helloTimeout ?? HELLO_TIMEOUT);
    const interrupt = () =>
      void session.close(new SyncError('interrupted', 'the session was interrupted', { cause: signal?.reason }));
    if (signal?.aborted) interrupt();
    else signal?.addEventListener('abort', interrupt, { once: true });
    void session.closed.then((error) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', interrupt);
      reject(error ?? new SyncError('closed', `${start.address} ended the session before it began`));
    });
    start.onStart?.(session);
  });
}

function checkHello(frame: RawFrame, mine: Hello): Hello {
  const theirs = versionsOf(frame.header);
  if (!mine.versions.some((version) => theirs.includes(version))) {
    throw new SyncError(
      'version',
      `this p2psync speaks protocol ${mine.versions.join(', ')}, the other end ${theirs.join(', ')}: update the older one`,
    );
  }
  const hello = decodeMessage(frame.header, frame.payload.length);
  if (hello.type !== 'hello') throw new SyncError('protocol', `expected hello, got ${hello.type}`);
  if (Buffer.compare(hello.group, mine.group) !== 0) {
    throw new SyncError('auth', 'the other end answers for another group: compare the invites of both folders');
  }
  return hello;
}
