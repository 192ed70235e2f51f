/**
 * Keeps sessions with peers that have nothing to do while a run is busy elsewhere, with another peer or with its own scan:
 * an end that gets no message for long takes the other for stuck (docs/PROTOCOL.md [deadlines]). Peers are asked for their
 * root only while something moves, so that a run which is stuck ends all the same.
 */
import type { Session } from '../session/channel.js';
import { PATIENCE } from '../session/session-limits.js';
import { RemoteTree } from '../transfer/remote-tree.js';

/** Milliseconds between two questions to a peer: several within the patience of either end. */
const ASK_EVERY = PATIENCE / 4;

/** `moved`: a number that changes as the run goes on. Returns what ends it. */
export function keepSessions(sessions: readonly Session[], moved: () => number, every = ASK_EVERY): () => void {
  const asked = new Set<Session>();
  let before = moved();
  const ask = async (session: Session): Promise<void> => {
    asked.add(session);
    try {
      await (await RemoteTree.open(session)).close();
    } finally {
      asked.delete(session);
    }
  };
  const timer = setInterval(() => {
    const now = moved();
    if (now === before) return;
    before = now;
    // Whoever owes an answer is not asked again; a session that has ended is told of by those who need it.
    for (const session of sessions) if (!asked.has(session)) ask(session).catch(() => {});
  }, every);
  timer.unref();
  return () => clearInterval(timer);
}
