/** Obtains a file's content as a delta against what this replica holds under its path (tiers 3 to 5). */
import type { StagedFile } from '../apply/staged-file.js';
import type { Entry } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import { asSyncError } from '../model/sync-error.js';
import type { Session } from '../session/channel.js';
import type { LocalContent } from './content-index.js';
import { corrupt, type Obtained, type OnBytes } from './content-source.js';
import { receiveDelta } from './delta-receive.js';
import { openContent } from './open-content.js';
import type { Replica } from './replica.js';

export interface DeltaRequest {
  /** Where the sender has it. */
  readonly path: RelPath;
  readonly target: Entry;
  readonly basis: LocalContent;
  readonly onBytes: OnBytes;
}

/**
 * The staged content, or undefined if it cannot be had this way: the sender or this replica no longer has
 * its side. Throws `protocol` if what came is not what was promised.
 */
export async function obtainByDelta(
  replica: Replica,
  session: Session,
  request: DeltaRequest,
): Promise<Obtained | undefined> {
  const { path, entry } = request.basis;
  const basis = openContent(replica, path, entry.digest);
  if (basis === undefined) return undefined;
  const staged = replica.stage.create();
  try {
    const obtained = await rebuild(replica, session, request, { ...basis, digest: entry.digest }, staged);
    if (!basis.unchanged()) {
      staged.discard();
      return undefined;
    }
    return obtained;
  } catch (error) {
    staged.discard();
    if (asSyncError(error, 'io').code === 'changed') return undefined;
    throw error;
  } finally {
    basis.close();
  }
}

async function rebuild(
  { state }: Replica,
  session: Session,
  { path, target, onBytes }: DeltaRequest,
  basis: Parameters<typeof receiveDelta>[2],
  staged: StagedFile,
): Promise<Obtained> {
  const want = { path, digest: target.digest, size: target.size };
  const sink = {
    write: (bytes: Uint8Array, position: number): void => {
      staged.writeSparse(bytes, position);
      onBytes(path, bytes.length);
    },
  };
  const { digest, signature, counts } = await receiveDelta(session, want, basis, sink, (known) =>
    state.signature(known),
  );
  staged.truncate(target.size);
  if (digest !== target.digest) throw corrupt(target.digest);
  if (signature !== undefined) state.putSignature(digest, signature);
  return { staged, counts };
}
