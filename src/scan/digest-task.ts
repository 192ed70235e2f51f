/** One span after another of open files is hashed, in whichever thread; the file's digest is there with the last. */
import { readFully } from '../disk/content-reader.js';
import { type Digest, type DigestStream, digestStream } from '../model/digest.js';
import { readBuffer } from '../model/read-buffer.js';
import { SyncError } from '../model/sync-error.js';

/** Threads share the process's file descriptors. */
export interface DigestRequest {
  /** Tells files apart that are hashed at the same time. */
  readonly stream: number;
  readonly fd: number;
  readonly position: number;
  /** Bytes; 0: the stream is given up. */
  readonly length: number;
  readonly last: boolean;
}

/** Bytes read at once. */
const READ_BYTES = 1024 * 1024;

const streams = new Map<number, DigestStream>();
let buffer: Buffer | undefined;

/** The digest with the last span, nothing with the others. Throws `changed` if the file ends before a span does. */
export function digestSpan({ stream, fd, position, length, last }: DigestRequest): Digest | undefined {
  const digest = streams.get(stream) ?? digestStream();
  if (last || length === 0) streams.delete(stream);
  else streams.set(stream, digest);
  buffer ??= readBuffer(READ_BYTES);
  for (let done = 0; done < length; ) {
    const part = buffer.subarray(0, Math.min(buffer.length, length - done));
    const read = readFully(fd, part, position + done);
    if (read < part.length) {
      streams.delete(stream);
      throw new SyncError('changed', `expected ${part.length} bytes at ${position + done}, got ${read}`);
    }
    digest.update(part);
    done += read;
  }
  return last ? digest.digest() : undefined;
}
