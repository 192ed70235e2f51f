/** What a run leaves for the next one: where peers answered, and the summary that `status` shows. */
import type { Summary } from '../model/event.js';
import type { FolderState, RememberedPeer } from '../state/folder-state.js';
import type { Peer } from './find-peers.js';
import { addRun } from './run-history.js';

/** Peers remembered for one folder; those not seen for longest are forgotten. */
const PEERS_MAX = 256;
/** Milliseconds; how exact `lastSeen` is. */
const DAY = 24 * 3600 * 1000;

/** The note in the state that holds the last run's summary with its `time`, milliseconds since 1970. */
export const LAST_RUN = 'last-run';

export function rememberRun(state: FolderState, summary: Summary, peers: readonly Peer[]): void {
  const now = Date.now();
  rememberPeers(state, peers, now);
  state.putNote(LAST_RUN, { time: now, ...summary });
  addRun(state, summary, now);
}

/** The next run dials these at once, and need not wait longer than they take to answer. */
function rememberPeers(state: FolderState, peers: readonly Peer[], now: number): void {
  const known = state.peers();
  const seen = peers.map(({ at, name }) => ({ ...at, name, lastSeen: now }));
  const others = known.filter(({ host, port }) => !seen.some((peer) => peer.host === host && peer.port === port));
  const isKnown = ({ host, port, listener }: RememberedPeer): boolean =>
    known.some(
      (old) => old.host === host && old.port === port && old.listener === listener && now - old.lastSeen < DAY,
    );
  if (seen.every(isKnown)) return;
  state.rememberPeers([...seen, ...others].sort((a, b) => b.lastSeen - a.lastSeen).slice(0, PEERS_MAX));
}
