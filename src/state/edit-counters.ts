/**
 * Who this replica is, how many edits it has made, and up to which edit it has seen the others': no version may ever be
 * given out twice, whatever a hostile member claims (docs/DESIGN.md, "Meaning").
 */
import { type ByteString, byteStringOf } from '../model/byte-string.js';
import type { LocalEntry } from '../model/entry.js';
import { REPLICA_ID_BYTES, type ReplicaId } from '../model/version-vector.js';
import type { SmallValues } from './small-values.js';

/**
 * Above this a hostile member has claimed edits in this replica's name: a few more, and numbers would no longer be
 * exact, no record could be read back and no peer would take what this replica says. It goes on under a new id.
 */
const COUNTER_MAX = 2 ** 52;
/** Replicas whose counters are remembered, as many as a peer is told of; a hostile member can make up any number. */
const SEEN_MAX = 4096;

/** All that writes is to be called inside a transaction. */
export class EditCounters {
  readonly #values: SmallValues;
  readonly #random: (bytes: number) => Uint8Array;

  constructor(values: SmallValues, random: (bytes: number) => Uint8Array) {
    this.#values = values;
    this.#random = random;
  }

  /** Read anew each time: another process may have renewed it. */
  get replica(): ReplicaId {
    return this.#values.get('replica') as ReplicaId;
  }

  /** A new id, which has made no edit. */
  renew(): ReplicaId {
    const id = newReplicaId(this.#random);
    this.#values.put('replica', id);
    this.#count(0);
    return id;
  }

  /** Allocates the next edit counter. */
  tick(): number {
    // Never below what others have seen of us, even if the counter itself was lost.
    const next = Math.max(this.#counter(), new Map<ByteString, number>(this.#seen()).get(this.replica) ?? 0) + 1;
    if (next <= COUNTER_MAX) return this.#count(next);
    this.renew();
    return this.#count(1);
  }

  /** Highest counter seen of every replica, this one's own included. */
  seen(): ReadonlyMap<ReplicaId, number> {
    const seen = new Map<ReplicaId, number>(this.#seen());
    const counter = this.#counter();
    if (counter > 0) seen.set(this.replica, Math.max(counter, seen.get(this.replica) ?? 0));
    return seen;
  }

  /** Takes note of the counters of entries that are recorded, and keeps them when all were told. */
  noting(): { note(entry: LocalEntry): void; keep(): void } {
    const seen = new Map<ByteString, number>(this.#seen());
    let grown = false;
    const note = (entry: LocalEntry): void => {
      for (const [id, counter] of entry.vector) {
        if (!isReplica(id) || counter <= (seen.get(id) ?? 0)) continue;
        if (!seen.has(id) && seen.size >= SEEN_MAX) continue;
        seen.set(id, counter);
        grown = true;
      }
    };
    const keep = (): void => {
      if (grown) this.#values.put('seen', [...seen]);
    };
    return { note, keep };
  }

  #count(counter: number): number {
    this.#values.put('counter', counter);
    return counter;
  }

  #counter(): number {
    return this.#values.get<number>('counter') ?? 0;
  }

  #seen(): [ReplicaId, number][] {
    return this.#values.get<[ReplicaId, number][]>('seen') ?? [];
  }
}

export function newReplicaId(random: (bytes: number) => Uint8Array): ReplicaId {
  return `r${byteStringOf(random(REPLICA_ID_BYTES - 1))}` as ReplicaId;
}

/** Conflict copies and restored paths have fixed pseudo ids (`x`, `z`); nobody counts with those. */
function isReplica(id: ReplicaId): boolean {
  return id.charCodeAt(0) === 0x72;
}
