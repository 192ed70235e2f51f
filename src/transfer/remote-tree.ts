/**
 * A peer's tree, asked for directory by directory over one channel; many requests may be in flight
 * (docs/PROTOCOL.md [tree]).
 */
import type { Directory } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import { checkPath } from '../model/path-rule.js';
import { asSyncError, SyncError } from '../model/sync-error.js';
import type { Channel, Frame, Session } from '../session/channel.js';
import { decodeDirectory } from '../tree/directory-codec.js';
import type { MessageOf } from '../wire/message.js';
import { PartBuffer } from './parts.js';

/** Bytes of one packed directory: about 600,000 entries. */
export const DIRECTORY_BYTES_MAX = 64 * 1024 * 1024;

interface Request {
  readonly path: RelPath;
  readonly resolve: (directory: Directory) => void;
  readonly reject: (error: unknown) => void;
}

export class RemoteTree {
  readonly root: MessageOf<'root'>;
  readonly #session: Session;
  readonly #channel: Channel;
  readonly #requests: Request[] = [];
  readonly #parts = new PartBuffer(DIRECTORY_BYTES_MAX);
  /** Once set nothing is answered any more: whoever asks later must not wait for ever. */
  #failure: { readonly error: unknown } | undefined;

  private constructor(session: Session, channel: Channel, root: MessageOf<'root'>) {
    this.#session = session;
    this.#channel = channel;
    this.root = root;
    void this.#read();
  }

  /** Opens the channel and waits for the root, which the peer sends when its scan is done. */
  static async open(session: Session): Promise<RemoteTree> {
    const channel = await session.open({ type: 'tree' });
    const frame = await channel.receive();
    if (frame?.message.type !== 'root')
      throw new SyncError('protocol', `expected root, got ${frame?.message.type ?? 'the end'}`);
    return new RemoteTree(session, channel, frame.message);
  }

  /** The peer's record of one directory; empty when it knows nothing of it. */
  async list(path: RelPath): Promise<Directory> {
    if (this.#failure !== undefined) throw this.#failure.error;
    checkDepth(path);
    return new Promise((resolve, reject) => {
      this.#requests.push({ path, resolve, reject });
      this.#channel.owed?.(true);
      this.#channel.send({ type: 'list', path }).catch(reject);
    });
  }

  /** What the peer claims cannot be: nothing else that it says is believed either. */
  refuse(error: SyncError): void {
    this.#fail(error);
    void this.#session.close(error);
  }

  async close(): Promise<void> {
    await this.#channel.end().catch(() => {}); // a connection that is gone has nothing left to end
  }

  async #read(): Promise<void> {
    try {
      for (let frame = await this.#channel.receive(); frame !== undefined; frame = await this.#channel.receive())
        this.#take(frame);
      this.#fail(new SyncError('closed', 'the peer ended the tree channel early'));
    } catch (error) {
      const failure = asSyncError(error, 'protocol');
      if (failure.code === 'protocol' || failure.code === 'path') this.refuse(failure);
      else this.#fail(failure);
    }
  }

  #take({ message, payload }: Frame): void {
    const request = this.#requests[0];
    if (message.type !== 'directory') throw new SyncError('protocol', `expected directory, got ${message.type}`);
    if (request === undefined || message.path !== request.path)
      throw new SyncError('protocol', 'a directory came that was not asked for');
    if (!this.#parts.add(payload, message.last))
      throw new SyncError('protocol', `a directory record is larger than ${DIRECTORY_BYTES_MAX} bytes`);
    if (!message.last) return;
    const directory = decodeDirectory(this.#parts.take(), { local: false });
    this.#requests.shift();
    this.#channel.owed?.(this.#requests.length > 0);
    request.resolve(directory);
  }

  #fail(error: unknown): void {
    this.#channel.owed?.(false);
    this.#failure ??= { error };
    for (const request of this.#requests.splice(0)) request.reject(error);
  }
}

/** A tree that goes on and on is made up: no replica can hold a path that breaks the rules of paths. */
function checkDepth(path: RelPath): void {
  try {
    checkPath(path);
  } catch (cause) {
    throw new SyncError('protocol', `the peer claims a directory that cannot be: ${(cause as Error).message}`, {
      cause,
    });
  }
}
