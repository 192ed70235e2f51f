/**
 * Whether what a run will write fits on every disk, asked before it writes anything. In most runs all that the others hold
 * would fit, which costs nothing to know; only where it might not is the whole plan made once more and counted.
 */
import { freeBytes, lackOfSpace } from '../apply/free-space.js';
import type { Digest } from '../model/digest.js';
import type { SyncError } from '../model/sync-error.js';
import type { Decision } from '../plan/plan-directory.js';
import type { OpenReplica } from './open-replica.js';
import type { PeerQueue } from './peer-queue.js';
import type { PlannedDirectory } from './plan-run.js';

/** Bytes to write of each content that a replica lacks, and what it has already and may clone. */
interface Need {
  readonly lacking: Map<Digest, number>;
  readonly held: Set<Digest>;
}

/**
 * Throws `io` if the initiator's disk is too small for the plan. A peer whose disk is too small is not asked to take
 * anything, but goes on giving. `plan` makes the plan anew.
 */
export async function ensureRoom(
  replica: OpenReplica,
  queues: readonly PeerQueue[],
  plan: () => AsyncIterable<PlannedDirectory>,
): Promise<void> {
  const holds = [replica.state.settle().bytes, ...queues.map(({ peer }) => peer.tree.root.bytes)];
  const free = [freeBytes(replica.root), ...queues.map(({ peer }) => peer.tree.root.free)];
  const all = holds.reduce((sum, bytes) => sum + bytes, 0);
  if (free.every((bytes, i) => all - (holds[i] ?? 0) <= bytes)) return;
  const needs = free.map((): Need => ({ lacking: new Map(), held: new Set() }));
  for await (const { decisions } of plan()) for (const decision of decisions) count(decision, needs);
  const [mine, ...theirs] = needs.map((need, i) => lackIn(need, free[i] ?? 0, i === 0 ? replica.root.path : undefined));
  if (mine !== undefined) throw mine;
  for (const [i, lack] of theirs.entries()) if (lack !== undefined) queues[i]?.withhold(lack);
}

function count({ target: { kind, digest, size }, holders, lacking, actions }: Decision, needs: readonly Need[]): void {
  if (kind !== 'file') return;
  for (const i of holders) needs[i]?.held.add(digest);
  for (const [at, i] of lacking.entries()) {
    const need = needs[i];
    if (need === undefined || actions[at] === 'record' || actions[at] === 'metadata') continue;
    need.lacking.set(digest, (need.lacking.get(digest) ?? 0) + size);
  }
}

/** What moved within a replica is left out: on some disks a clone takes no space, and no run shall be refused that would fit. */
function lackIn({ lacking, held }: Need, free: number, where = "the peer's folder"): SyncError | undefined {
  let bytes = 0;
  for (const [digest, size] of lacking) if (!held.has(digest)) bytes += size;
  return lackOfSpace(where, bytes, free);
}
