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
import { batchesOf } from './target-batches.js';

export type OnApplied = (applied: MessageOf<'applied'>) => void;

export class Assignment {
  readonly #channel: Channel;
  readonly #ledger: Ledger = { entries: 0, batches: 0 };
  readonly #finished: Promise<void>;

  private constructor(channel: Channel, onApplied: OnApplied) {
    this.#channel = channel;
    this.#finished = hear(channel, onApplied, this.#ledger);
    this.#finished.catch(() => {}); // awaited in finish(); a failure shows in push() too
  }

  static async open(session: Session, opening: MessageOf<'assign'>, onApplied: OnApplied): Promise<Assignment> {
    return new Assignment(await session.open(opening), onApplied);
  }

  /** Hands over one directory's targets, in batches; waits while the peer is behind. */
  async push(path: RelPath, targets: readonly Entry[]): Promise<void> {
    for (const batch of batchesOf(targets)) {
      this.#ledger.entries += batch.length;
      this.#ledger.batches++;
      for (const part of partsOf(encodeDirectory(batch, { local: false }), PART_BYTES)) {
        await this.#channel.send({ type: 'target', path, last: part.last }, part.bytes);
      }
    }
  }

  /** Says that no more targets come, and waits until the peer has installed or refused all. */
  async finish(): Promise<void> {
    await this.#channel.end();
    await this.#finished;
  }
}

/** What the peer was told, and so how much it can have to say about it. */
interface Ledger {
  entries: number;
  batches: number;
}

/** Changes and problems for each target: a conflict copy, the change itself, and room for what goes wrong. */
const REPORTS_PER_ENTRY = 4;
/** Endings for each batch: when it is installed, and again when what had to wait is removed. */
const ENDS_PER_BATCH = 2;

async function hear(channel: Channel, onApplied: OnApplied, ledger: Ledger): Promise<void> {
  let reports = 0;
  let ends = 0;
  for (let frame = await channel.receive(); frame !== undefined; frame = await channel.receive()) {
    const { message } = frame;
    if (message.type !== 'applied') throw refuse(channel, `expected applied, got ${message.type}`);
    const told = message.changes.length + message.problems.length;
    reports += told;
    if (message.last) ends++;
    else if (told === 0) throw refuse(channel, 'a report without a word came');
    // A liar could otherwise report for ever, each report a line of output.
    const tooMany = reports > REPORTS_PER_ENTRY * ledger.entries || ends > ENDS_PER_BATCH * ledger.batches + 1;
    if (tooMany) throw refuse(channel, `the peer reports more than the ${ledger.entries} entries that it was told`);
    onApplied(message);
  }
}

function refuse(channel: Channel, message: string): SyncError {
  const error = new SyncError('protocol', message);
  channel.abort(error);
  return error;
}
