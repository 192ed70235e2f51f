/**
 * Takes an assignment: installs each directory's targets, pulling content from the end that assigned them,
 * and reports each directory when it is durable (docs/PROTOCOL.md [assign]).
 */
import { joinPath } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import type { Channel } from '../session/channel.js';
import { decodeDirectory } from '../tree/directory-codec.js';
import { Backlog } from './backlog.js';
import type { ContentSource } from './content-source.js';
import type { Applied, Installer } from './installer.js';
import { PartBuffer } from './parts.js';
import { DIRECTORY_BYTES_MAX } from './remote-tree.js';

/** Entries whose installation may be under way at once; bounds memory, and by credit the sender. */
const ENTRIES_AHEAD = 8192;
/** Changes and problems in one message. */
const REPORTS_MAX = 512;

export async function serveAssign(channel: Channel, installer: Installer, source: ContentSource): Promise<void> {
  const backlog = new Backlog(ENTRIES_AHEAD);
  try {
    await takeTargets(channel, installer, source, backlog);
  } finally {
    // However it ends, nothing is installed afterwards: the folder may be closed then.
    await backlog.drained().catch(() => {});
  }
  for (const applied of await installer.finish()) await report(channel, applied);
  await channel.end();
}

async function takeTargets(
  channel: Channel,
  installer: Installer,
  source: ContentSource,
  backlog: Backlog,
): Promise<void> {
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
    const reporting = installer.apply(message.path, wanted).then((applied) => report(channel, applied));
    backlog.follow(targets.length, reporting);
    await backlog.room();
  }
  await backlog.drained();
}

/** Sends one directory's outcome. */
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
