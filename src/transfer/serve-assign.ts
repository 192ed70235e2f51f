/**
 * Takes an assignment: installs each directory's targets, pulling content from the end that assigned them,
 * and reports each directory when it is durable (docs/PROTOCOL.md [assign]).
 */
import { joinPath } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import type { Channel } from '../session/channel.js';
import type { FolderState } from '../state/folder-state.js';
import { decodeDirectory } from '../tree/directory-codec.js';
import { Backlog, ENTRIES_AHEAD, entriesAhead } from './backlog.js';
import type { ContentSource } from './content-source.js';
import type { Applied, Installer } from './installer.js';
import { PartBuffer } from './parts.js';
import { TARGETS_BYTES_MAX, TARGETS_MAX } from './target-batches.js';

/** Packed bytes that count as one entry at least: long vectors and lineages are held as well. */
const ENTRY_WEIGHT = 128;
/** Changes, and problems, in one message. */
const REPORTS_MAX = 512;
/** Bytes of each of the two after which the next message begins: both and their last items fit a header. */
const REPORT_BYTES = 128 * 1024;
/** Bytes of a change's or a problem's other fields, at most. */
const REPORT_COST = 64;

export interface AssignedTo {
  readonly installer: Installer;
  /** Where the contents are. */
  readonly source: ContentSource;
  readonly state: Pick<FolderState, 'directory'>;
}

export async function serveAssign(channel: Channel, assigned: AssignedTo): Promise<void> {
  const backlog = new Backlog(ENTRIES_AHEAD); // by credit it holds up the sender, too
  try {
    await takeTargets(channel, assigned, backlog);
  } finally {
    // However it ends, nothing is installed afterwards: the folder may be closed then.
    await backlog.drained().catch(() => {});
  }
  for (const applied of await assigned.installer.finish()) await report(channel, applied);
  await channel.end();
}

async function takeTargets(
  channel: Channel,
  { installer, source, state }: AssignedTo,
  backlog: Backlog,
): Promise<void> {
  const parts = new PartBuffer(TARGETS_BYTES_MAX);
  for (let frame = await channel.receive(); frame !== undefined; frame = await channel.receive()) {
    const { message, payload } = frame;
    if (message.type !== 'target') throw new SyncError('protocol', `expected target, got ${message.type}`);
    if (!parts.add(payload, message.last))
      throw new SyncError('protocol', `a batch of targets exceeds ${TARGETS_BYTES_MAX} bytes`);
    if (!message.last) continue;
    const packed = parts.take();
    const targets = decodeDirectory(packed, { local: false });
    if (targets.length > TARGETS_MAX)
      throw new SyncError('protocol', `expected at most ${TARGETS_MAX} targets at once, got ${targets.length}`);
    const wanted = targets.map((entry) => ({
      entry,
      origins: [{ source, path: joinPath(message.path, entry.name) }],
    }));
    const reporting = installer.apply(message.path, wanted).then((applied) => report(channel, applied));
    backlog.follow(Math.max(targets.length, packed.length / ENTRY_WEIGHT), reporting);
    // By what is recorded there: a peer could claim any number.
    await backlog.room(entriesAhead(state.directory(message.path)?.length ?? 0));
  }
  await backlog.drained();
}

/** Sends one directory's outcome, in as many messages as its size asks for. */
async function report(channel: Channel, { path, changes, problems }: Applied): Promise<void> {
  let change = 0;
  let problem = 0;
  do {
    const changesEnd = fitting(changes, change, ({ name }) => name.length);
    const problemsEnd = fitting(problems, problem, ({ path: where, message }) => where.length + 3 * message.length);
    await channel.send({
      type: 'applied',
      path,
      changes: changes.slice(change, changesEnd),
      problems: problems.slice(problem, problemsEnd),
      last: changesEnd === changes.length && problemsEnd === problems.length,
    });
    change = changesEnd;
    problem = problemsEnd;
  } while (change < changes.length || problem < problems.length);
}

/** The end of the items from `start` that one message takes; at least one, where there is one. */
function fitting<T>(items: readonly T[], start: number, bytesOf: (item: T) => number): number {
  let bytes = 0;
  let end = start;
  while (end < items.length && end - start < REPORTS_MAX && bytes < REPORT_BYTES) {
    bytes += REPORT_COST + bytesOf(items[end++] as T);
  }
  return end;
}
