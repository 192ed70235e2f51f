/** What the other end says went wrong, as an error of this end. */
import { SyncError, type SyncErrorCode } from '../model/sync-error.js';
import { decodeMessage } from '../wire/decode-message.js';
import type { RawFrame } from '../wire/frame.js';

/**
 * Codes that mean the same on both ends. The others would let a peer choose this process's exit status: that it
 * was interrupted or wrongly called is its own affair and only means here that it went away.
 */
const SHARED: ReadonlySet<SyncErrorCode> = new Set<SyncErrorCode>([
  'auth',
  'version',
  'timeout',
  'protocol',
  'closed',
  'changed',
  'path',
  'io',
  'locked',
  'not-joined',
]);

/** The error of an abort frame. Throws `protocol` if it holds anything but a failure. */
export function remoteError(frame: RawFrame): SyncError {
  const message = decodeMessage(frame.header);
  if (message.type !== 'failure') throw new SyncError('protocol', `expected failure, got ${message.type}`);
  const code = SHARED.has(message.code) ? message.code : 'closed';
  return new SyncError(code, `the other end says: ${message.message}`);
}
