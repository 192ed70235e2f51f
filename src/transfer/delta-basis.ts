/**
 * What a delta builds on: the content under the path that it is for, what a cut transfer left of the very content
 * that is wanted (apply/partial.ts), or both, one behind the other.
 */
import { openPartial } from '../apply/partial.js';
import { ContentHash } from '../delta/content-hash.js';
import type { ContentReader } from '../disk/content-reader.js';
import type { Digest } from '../model/digest.js';
import { readBuffer } from '../model/read-buffer.js';
import type { LocalContent } from './content-index.js';
import { openRecorded } from './open-content.js';
import { readExactly } from './random-reader.js';
import type { Replica } from './replica.js';
import { Turns } from './turns.js';

export interface OpenBasis extends ContentReader {
  readonly digest: Digest;
  /** Encoded, if it was computed while the basis was opened. */
  readonly signature?: Uint8Array | undefined;
}

/** Bytes read at once, less than a millisecond of hashing. */
const READ_BYTES = 1024 * 1024;

/** Undefined if there is nothing to build on. `mine` is what is recorded under the path. */
export async function openBasis(
  replica: Replica,
  wanted: Digest,
  mine: LocalContent | undefined,
): Promise<OpenBasis | undefined> {
  const recorded = mine && openRecorded(replica, mine.path, mine.entry);
  const partial = openPartial(replica.root, wanted);
  if (partial === undefined) return recorded && { ...recorded, digest: mine.entry.digest };
  const basis = recorded === undefined ? partial : joined(recorded, partial);
  try {
    return { ...basis, ...(await hashed(basis)) };
  } catch (error) {
    basis.close();
    throw error;
  }
}

function joined(first: ContentReader, second: ContentReader): ContentReader {
  return {
    size: first.size + second.size,
    read(target, position) {
      const part = Math.max(0, Math.min(target.length, first.size - position));
      const read = part === 0 ? 0 : first.read(target.subarray(0, part), position);
      if (read < part || part === target.length) return read;
      return read + second.read(target.subarray(part), position + part - first.size);
    },
    unchanged: () => first.unchanged() && second.unchanged(),
    close() {
      first.close();
      second.close();
    },
  };
}

/** Nobody knows a signature of it yet: it is computed in the pass that takes the digest. */
async function hashed(basis: ContentReader): Promise<{ digest: Digest; signature?: Uint8Array }> {
  const hash = new ContentHash(basis.size);
  const turns = new Turns();
  const buffer = readBuffer(Math.min(basis.size, READ_BYTES));
  for (let position = 0; position < basis.size; ) {
    const part = buffer.subarray(0, Math.min(buffer.length, basis.size - position));
    readExactly(basis, part, position);
    hash.update(part);
    position += part.length;
    if (turns.over) await turns.pause();
  }
  return hash.finish();
}
