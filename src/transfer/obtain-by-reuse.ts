/** Obtains a large file that is new under its path from parts of other files of this folder (tier 2). */
import { decodeChunks } from '../delta/chunk-codec.js';
import type { Entry } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import { asSyncError } from '../model/sync-error.js';
import type { Session } from '../session/channel.js';
import type { Obtained, OnBytes } from './obtained.js';
import { Pool } from './pool.js';
import type { Replica } from './replica.js';
import type { Budget, ReuseIndex } from './reuse-index.js';
import { receiveReuse } from './reuse-receive.js';
import { setAside } from './set-aside.js';

export interface ReuseTarget {
  /** Where the sender has it. */
  readonly path: RelPath;
  readonly target: Entry;
  readonly index: ReuseIndex;
  readonly budget: Budget;
  readonly onBytes: OnBytes;
}

/** The staged content, or undefined if it cannot be had this way; then it is fetched whole. */
export async function obtainByReuse(
  replica: Replica,
  session: Session,
  { path, target, index, budget, onBytes }: ReuseTarget,
): Promise<Obtained | undefined> {
  const { digest, size } = target;
  const pool = new Pool((content) => index.open(content));
  const staged = replica.stage.create(digest);
  const sink = {
    write: (bytes: Uint8Array, position: number): Promise<void> => {
      onBytes(path, bytes.length);
      return staged.writeSparseLater(bytes, position);
    },
  };
  try {
    const thorough = replica.reuse === 'always';
    const want = { path, digest, size };
    const reused = await receiveReuse(session, { want, index, pool, budget, sink, thorough });
    if (reused.digest !== digest) {
      staged.discard();
      return undefined;
    }
    staged.truncate(size);
    if (reused.signature !== undefined) replica.state.putSignature(digest, reused.signature);
    if (reused.chunks !== undefined) {
      replica.state.putChunks(digest, reused.chunks);
      index.add({ digest, path, size }, decodeChunks(reused.chunks));
    }
    const { literalBytes, matchedBytes } = reused.counts;
    return { staged, counts: { literalBytes, matchedBytes: 0, reusedBytes: matchedBytes } };
  } catch (error) {
    setAside(staged, error);
    if (asSyncError(error, 'io').code === 'changed') return undefined;
    throw error;
  } finally {
    pool.close();
  }
}
