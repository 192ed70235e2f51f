/** `p2psync check`: read-only; do all peers' folders show what this one does, and if not, what differs? */
import type { JoinedFolder } from '../group/joined-folder.js';
import { hexOf } from '../model/digest.js';
import { type Entry, isLive, sameContent, sameView } from '../model/entry.js';
import type { DifferenceKind, Emit, Summary } from '../model/event.js';
import { joinPath, type Name } from '../model/path.js';
import { claims } from '../transfer/serve-tree.js';
import { type Comparison, compareTrees, type Tree } from './compare-trees.js';
import { withDeadline } from './deadline.js';
import type { Peer } from './find-peers.js';
import { type Gathered, gather } from './gather.js';
import type { Run } from './run.js';
import type { RunOptions } from './run-options.js';
import { Stopwatch } from './stopwatch.js';
import { peerSummary, summarize } from './summarize-run.js';
import { Tally } from './tally.js';

/** `converged` of the summary is the answer; each difference is told as an event. Changes no folder. */
export async function check(
  folder: JoinedFolder,
  options: RunOptions,
  emit: Emit,
  signal: AbortSignal,
): Promise<Summary> {
  const limit = withDeadline(signal, options.maxTime, folder);
  const run: Run = {
    command: 'check',
    folder,
    options,
    tally: new Tally(emit),
    watch: new Stopwatch(),
    signal: limit.signal,
  };
  try {
    return await gather(run, (gathered) => compare(run, gathered));
  } finally {
    limit.end();
  }
}

async function compare(run: Run, gathered: Gathered): Promise<Summary> {
  const { replica, root, peers } = gathered;
  const own: Tree = { root, list: async (path) => claims(replica.state.directory(path) ?? []) };
  const differing = new Set<Peer>();
  const walk = async (): Promise<void> => {
    for await (const comparison of compareTrees([own, ...peers.map((peer) => peer.tree)], 'view')) {
      for (const peer of differences(run, gathered, comparison)) differing.add(peer);
    }
  };
  await run.watch.time('compare', walk());
  return summarize(run, gathered, {
    root,
    peers: peers.map((peer) => peerSummary(peer, !differing.has(peer))),
    converged: differing.size === 0 && run.tally.fatal === 0,
  });
}

/** Tells what differs in one directory; returns the peers that differ. */
function differences({ tally }: Run, { replica, peers }: Gathered, { path, replicas }: Comparison): Peer[] {
  const [mine = new Map<Name, Entry>(), ...theirs] = replicas.map(liveByName);
  return peers.filter((peer, i) => {
    const other = theirs[i] ?? new Map<Name, Entry>();
    const names = [...new Set([...mine.keys(), ...other.keys()])].sort();
    let differs = false;
    for (const name of names) {
      const [here, there] = [mine.get(name), other.get(name)];
      const child = joinPath(path, name);
      if (here !== undefined && there !== undefined && sameView(here, there)) continue;
      if (replica.filter.hides(child, (here ?? there)?.kind ?? 'file')) continue;
      differs = true;
      const what = kindOf(here, there);
      const texts = { here: describe(here), there: describe(there) };
      tally.emit({ type: 'difference', path: child, peer: peer.name, what, ...texts });
    }
    return differs;
  });
}

function liveByName(directory: readonly Entry[]): Map<Name, Entry> {
  return new Map(directory.filter(isLive).map((entry) => [entry.name, entry]));
}

function kindOf(here: Entry | undefined, there: Entry | undefined): DifferenceKind {
  if (here === undefined) return 'only-there';
  if (there === undefined) return 'only-here';
  if (here.kind !== there.kind) return 'kind';
  return sameContent(here, there) ? 'metadata' : 'content';
}

/** What a person needs to tell two versions apart. */
function describe(entry: Entry | undefined): string {
  if (entry === undefined) return 'missing';
  const mode = entry.mode.toString(8).padStart(3, '0');
  switch (entry.kind) {
    case 'directory':
      return `directory mode ${mode}`;
    case 'symlink':
      return `symlink ${timeOf(entry)} blake3 ${hexOf(entry.digest).slice(0, 10)}`;
    default:
      return `file ${entry.size} B mode ${mode} ${timeOf(entry)} blake3 ${hexOf(entry.digest).slice(0, 10)}`;
  }
}

/** ISO-8601 in UTC with microseconds. */
function timeOf({ mtime }: Entry): string {
  const micros = String(((mtime % 1000) + 1000) % 1000).padStart(3, '0');
  return new Date(Math.floor(mtime / 1000)).toISOString().replace('Z', `${micros}Z`);
}
