/**
 * Takes an assignment: installs each directory's targets, pulling content from the end that assigned them,
 * and reports each directory when it is durable (docs/PROTOCOL.md [assign]).
 */
import { joinPath } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import type { Channel } from '../session/channel.js';
import { decodeDirectory } from '../tree/directory-codec.js';
import type { ContentSource } from './content-source.js';
import type { Applied, Installer } from './installer.js';
import { PartBuffer } from './parts.js';
import { DIRECTORY_BYTES_MAX } from './remote-tree.js';

/** Entries whose installation may be under way at once; bounds memory, and by credit the sender. */
const ENTRIES_AHEAD = 8192;
/** Changes and problems in one message. */
const REPORTS_MAX = 512;

export async function serveAssign(channel: Channel, installer: Installer, source: ContentSource): Promise<void> {
  const reporter = new Reporter(channel);
  const parts = new PartBuffer(DIRECTORY_BYTES_MAX);
  for (let frame = await channel.receive(); frame !== undefined; frame = await channel.receive()) {
    const { message, payload } = frame;
    if (message.type !== 'target') throw new SyncError('protocol', `expected target, got ${message.type}`);
    if (!parts.add(payload, message.last))
      throw new SyncError('protocol', `targets of one directory exceed ${DIRECTORY_BYTES_MAX} bytes`);
    if (!message.last) continue;
    const targets = decodeDirectory(parts.take(), { local: false });
    const wanted = targets.map((entry) => ({
      entry,
      origins: [{ source, path: joinPath(message.path, entry.name) }],
    }));
    reporter.follow(targets.length, installer.apply(message.path, wanted));
    await reporter.room(ENTRIES_AHEAD);
  }
  await reporter.room(0);
  for (const applied of await installer.finish()) await report(channel, applied);
  await channel.end();
}

/** Sends each directory's outcome when it is there, and keeps count of what is under way. */
class Reporter {
  readonly #channel: Channel;
  readonly #running = new Set<Promise<void>>();
  #entries = 0;
  #failure: unknown;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  follow(entries: number, applying: Promise<Applied>): void {
    this.#entries += entries;
    const reporting = applying
      .then((applied) => report(this.#channel, applied))
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#entries -= entries;
        this.#running.delete(reporting);
      });
    this.#running.add(reporting);
  }

  /** Waits until at most `entries` are under way. */
  async room(entries: number): Promise<void> {
    while (this.#running.size > 0 && this.#entries > entries) await Promise.race(this.#running);
    if (entries === 0) await Promise.all(this.#running);
    if (this.#failure !== undefined) throw this.#failure;
  }
}

async function report(channel: Channel, applied: Applied): Promise<void> {
  const { path } = applied;
  let changes = applied.changes;
  let problems = applied.problems;
  do {
    const last = changes.length <= REPORTS_MAX && problems.length <= REPORTS_MAX;
    await channel.send({
      type: 'applied',
      path,
      changes: changes.slice(0, REPORTS_MAX),
      problems: problems.slice(0, REPORTS_MAX),
      last,
    });
    changes = changes.slice(REPORTS_MAX);
    problems = problems.slice(REPORTS_MAX);
    if (last) return;
  } while (changes.length > 0 || problems.length > 0);
}
