/** Obtains a file's content as a delta against what this replica holds of it or under its path (tiers 3 to 5). */

import { dropPartial } from '../apply/partial.js';
import type { StagedFile } from '../apply/staged-file.js';
import type { Entry } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import { asSyncError } from '../model/sync-error.js';
import type { Session } from '../session/channel.js';
import type { LocalContent } from './content-index.js';
import { type OpenBasis, openBasis } from './delta-basis.js';
import type { RebuiltContent } from './delta-rebuild.js';
import { receiveDelta } from './delta-receive.js';
import type { Obtained, OnBytes } from './obtained.js';
import type { Replica } from './replica.js';
import { setAside } from './set-aside.js';

/** Bytes of a basis that is worth an attempt to clone it. */
const CLONE_MIN = 1024 * 1024;
/** Bytes; handing less to another thread takes longer than writing it. */
const WRITE_LATER_MIN = 256 * 1024;

export interface DeltaRequest {
  /** Where the sender has it. */
  readonly path: RelPath;
  readonly target: Entry;
  /** What is here under the path that it is for. */
  readonly basis: LocalContent | undefined;
  readonly onBytes: OnBytes;
}

/**
 * The staged content, or undefined if it cannot be had this way: the sender or this replica no longer has its
 * side, or blocks that only looked alike were taken for one another. Then it is fetched whole.
 */
export async function obtainByDelta(
  replica: Replica,
  session: Session,
  request: DeltaRequest,
): Promise<Obtained | undefined> {
  const { target } = request;
  const basis = await openBasis(replica, target.digest, request.basis);
  if (basis === undefined) return undefined;
  const staged = replica.stage.create(target.digest);
  try {
    const { digest, signature, counts } = await rebuild(replica, session, request, basis, staged);
    const isRight = digest === target.digest && basis.unchanged();
    dropPartial(replica.root, target.digest); // used up, or of no use
    if (isRight) {
      staged.truncate(target.size);
      if (signature !== undefined) replica.state.putSignature(digest, signature);
      return { staged, counts };
    }
    staged.discard();
    return undefined;
  } catch (error) {
    setAside(staged, error);
    if (asSyncError(error, 'io').code === 'changed') return undefined;
    throw error;
  } finally {
    basis.close();
  }
}

function rebuild(
  { state }: Replica,
  session: Session,
  { path, target, onBytes }: DeltaRequest,
  basis: OpenBasis,
  staged: StagedFile,
): Promise<RebuiltContent> {
  const want = { path, digest: target.digest, size: target.size };
  const isCloned = basis.fd !== undefined && basis.size >= CLONE_MIN && staged.clone(basis.fd);
  const sink = {
    clone: isCloned
      ? { size: basis.size, read: (target: Uint8Array, at: number) => staged.read(target, at) }
      : undefined,
    write: (bytes: Uint8Array, position: number): void | Promise<void> => {
      onBytes(path, bytes.length);
      if (bytes.length >= WRITE_LATER_MIN) return staged.writeSparseLater(bytes, position);
      staged.writeSparse(bytes, position);
    },
  };
  return receiveDelta(session, want, basis, sink, (known) => basis.signature ?? state.signature(known));
}
