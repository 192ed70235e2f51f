/** Two sessions over TLS on loopback, and listeners for tests that attack one. */
import type { Session } from '../../src/session/channel.js';
import { type DialOptions, dial } from '../../src/session/tls-dialer.js';
import { type ListenOptions, listenTls, type Rejection, type TlsListener } from '../../src/session/tls-listener.js';
import { type GroupKey, listenerPsk, pskIdentity } from '../../src/wire/key-schedule.js';
import type { Hello } from '../../src/wire/message.js';
import { helloOf, type Pair, type PairOptions } from './memory-pair.js';

export const KEY: GroupKey = { secret: Buffer.alloc(32, 1), epoch: 1 };
export const LISTENER_ID = Buffer.alloc(16, 2);

export interface TestListener extends TlsListener {
  readonly sessions: Session[];
  readonly rejections: Rejection[];
  /** The next session, or the first that nobody took. */
  session(): Promise<Session>;
}

export async function testListener(
  options: Partial<ListenOptions<string>> & { readonly ownHello?: Partial<Hello> } = {},
): Promise<TestListener> {
  const sessions: Session[] = [];
  const rejections: Rejection[] = [];
  const waiters: ((session: Session) => void)[] = [];
  const taken: Session[] = [];
  const listener = await listenTls<string>({
    host: '127.0.0.1',
    port: 0,
    lookup: (identity) =>
      identity === pskIdentity(KEY.epoch, LISTENER_ID)
        ? { psk: listenerPsk(KEY, LISTENER_ID), context: 'folder' }
        : undefined,
    hello: () => helloOf({ purpose: 'serve', ...options.ownHello }),
    onReject: (rejection) => rejections.push(rejection),
    ...options,
    onSession: (session, context) => {
      sessions.push(session);
      options.onSession?.(session, context);
      const waiter = waiters.shift();
      if (waiter === undefined) taken.push(session);
      else waiter(session);
    },
  });
  const session = (): Promise<Session> => {
    const there = taken.shift();
    return there === undefined ? new Promise((resolve) => waiters.push(resolve)) : Promise.resolve(there);
  };
  return { ...listener, sessions, rejections, session };
}

export function dialTest(port: number, options: Partial<DialOptions> = {}): Promise<Session> {
  return dial({ host: '127.0.0.1', port, key: KEY, listenerId: LISTENER_ID, hello: helloOf(), ...options });
}

/** The same as memoryPair, over TLS. Ending a session also stops its listener. */
export async function tlsPair({ initiator, listener }: PairOptions = {}): Promise<Pair> {
  const { hello: ownHello, ...options } = listener ?? {};
  const server = await testListener({ ...options, ...(ownHello === undefined ? {} : { ownHello }) });
  try {
    const [here, there] = await Promise.all([
      dialTest(server.port, { ...initiator, hello: helloOf(initiator?.hello) }),
      server.session(),
    ]);
    void here.closed.then(() => server.close());
    return { initiator: here, listener: there };
  } catch (error) {
    await server.close();
    throw error;
  }
}
