/** Peers are told apart by their names in all output: cloned machines, or two folders on one, get their address as well. */

/** Each as it came, but `name@address` where another one has the same name. */
export function withDistinctNames<P extends { readonly name: string; readonly address: string }>(
  peers: readonly P[],
): P[] {
  const times = new Map<string, number>();
  for (const { name } of peers) times.set(name, (times.get(name) ?? 0) + 1);
  return peers.map((peer) =>
    (times.get(peer.name) ?? 0) > 1 ? { ...peer, name: `${peer.name}@${peer.address}` } : peer,
  );
}
