/** Keeps where peers answered, so that the next run asks them directly and need not wait for broadcast. */
import type { FolderState } from '../state/folder-state.js';
import type { Peer } from './find-peers.js';

/** Peers remembered for one folder; those not seen for longest are forgotten. */
const PEERS_MAX = 256;

export function rememberPeers(state: FolderState, peers: readonly Peer[], now: number): void {
  const known = state.peers();
  const seen = peers.map(({ listener, name }) => ({ ...listener, name, lastSeen: now }));
  const fresh = known.filter(({ host, port }) => !seen.some((peer) => peer.host === host && peer.port === port));
  if (fresh.length + seen.length === known.length && known.every(({ lastSeen }) => now - lastSeen < DAY)) return;
  state.rememberPeers([...seen, ...fresh].sort((a, b) => b.lastSeen - a.lastSeen).slice(0, PEERS_MAX));
}

/** Milliseconds; how exact `lastSeen` is, so that a run that changes nothing writes nothing. */
const DAY = 24 * 3600 * 1000;
