/**
 * Tells a peer what it shall hold, directory by directory, and hears what became of it
 * (docs/PROTOCOL.md [assign]).
 */
import type { Entry } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import type { Channel, Session } from '../session/channel.js';
import { encodeDirectory } from '../tree/directory-codec.js';
import type { MessageOf } from '../wire/message.js';
import { PART_BYTES, partsOf } from './parts.js';

export type OnApplied = (applied: MessageOf<'applied'>) => void;

export class Assignment {
  readonly #channel: Channel;
  readonly #finished: Promise<void>;

  private constructor(channel: Channel, onApplied: OnApplied) {
    this.#channel = channel;
    this.#finished = hear(channel, onApplied);
    this.#finished.catch(() => {}); // awaited in finish(); a failure shows in push() too
  }

  static async open(session: Session, opening: MessageOf<'assign'>, onApplied: OnApplied): Promise<Assignment> {
    return new Assignment(await session.open(opening), onApplied);
  }

  /** Hands over one directory's targets; waits while the peer is behind. */
  async push(path: RelPath, targets: readonly Entry[]): Promise<void> {
    const packed = encodeDirectory(targets, { local: false });
    for (const part of partsOf(packed, PART_BYTES)) {
      await this.#channel.send({ type: 'target', path, last: part.last }, part.bytes);
    }
  }

  /** Says that no more targets come, and waits until the peer has installed or refused all. */
  async finish(): Promise<void> {
    await this.#channel.end();
    await this.#finished;
  }
}

async function hear(channel: Channel, onApplied: OnApplied): Promise<void> {
  for (let frame = await channel.receive(); frame !== undefined; frame = await channel.receive()) {
    if (frame.message.type !== 'applied')
      throw new SyncError('protocol', `expected applied, got ${frame.message.type}`);
    onApplied(frame.message);
  }
}
