/**
 * The version vectors of one packed directory: each is written once, at its first use, and then named by its
 * index. (docs/PROTOCOL.md [vector])
 */
import { REPLICA_ID_BYTES, type ReplicaId, type VersionVector } from '../model/version-vector.js';
import { malformed, type PackReader } from './pack-reader.js';
import type { PackWriter } from './pack-writer.js';

/** Pairs of all vectors of one listing from a peer. One of nine bytes becomes an object of 100. */
export const PAIRS_MAX = 2_000_000;
/** Pairs; twice what a merge makes (plan/merge-versions.ts), so that an honest vector can still grow by edits. */
const VECTOR_PAIRS_MAX = 2048;

export class VectorWriter {
  /** By identity first: decoded entries share their vectors, so most lookups end there. */
  readonly #byIdentity = new Map<VersionVector, number>();
  readonly #byValue = new Map<string, number>();

  write(writer: PackWriter, vector: VersionVector): void {
    let index = this.#byIdentity.get(vector);
    if (index === undefined) {
      const key = vectorKey(vector);
      index = this.#byValue.get(key);
      if (index === undefined) {
        index = this.#byValue.size;
        this.#byValue.set(key, index);
        this.#byIdentity.set(vector, index);
        writer.varint(index);
        writeVector(writer, vector);
        return;
      }
      this.#byIdentity.set(vector, index);
    }
    writer.varint(index);
  }
}

export class VectorReader {
  /** Pairs that may still come. */
  #pairs: number;
  readonly #vectors: VersionVector[] = [];
  readonly #known = new Set<string>();

  constructor(pairsMax: number) {
    this.#pairs = pairsMax;
  }

  read(reader: PackReader): VersionVector {
    const index = reader.varint();
    const known = this.#vectors[index];
    if (known !== undefined) return known;
    if (index !== this.#vectors.length) throw malformed('names a version vector that it does not have');
    const vector = readVector(reader);
    this.#pairs -= vector.length;
    if (this.#pairs < 0) throw malformed('has too many pairs in its version vectors');
    const key = vectorKey(vector);
    if (this.#known.has(key)) throw malformed('has the same version vector twice');
    this.#known.add(key);
    this.#vectors.push(vector);
    return vector;
  }
}

/** A text that two vectors share exactly if they are equal. */
export function vectorKey(vector: VersionVector): string {
  let key = '';
  for (const [id, counter] of vector) key += `${id}${counter};`;
  return key;
}

function writeVector(writer: PackWriter, vector: VersionVector): void {
  writer.varint(vector.length);
  for (const [id, counter] of vector) {
    if (id.length !== REPLICA_ID_BYTES) throw new RangeError(`expected a replica id of ${REPLICA_ID_BYTES} bytes`);
    writer.string(id);
    writer.varint(counter);
  }
}

function readVector(reader: PackReader): VersionVector {
  const pairs = reader.varint();
  if (pairs > VECTOR_PAIRS_MAX) throw malformed(`has a version vector of ${pairs} replicas`);
  const vector: [ReplicaId, number][] = [];
  let previous = '';
  while (vector.length < pairs) {
    const id = reader.string(REPLICA_ID_BYTES) as ReplicaId;
    if (id <= previous) throw malformed('has replica ids out of order');
    previous = id;
    const counter = reader.safe();
    if (counter === 0) throw malformed('has an edit counter of zero');
    vector.push([id, counter]);
  }
  return vector;
}
