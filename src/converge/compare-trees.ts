/**
 * Walks the trees of all replicas side by side, parents before children, and opens only directories whose
 * digests differ (tier 0). What is equal is never listed.
 */
import type { Directory, TreeSummary } from '../model/entry.js';
import { joinPath, type Name, type RelPath, ROOT } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';

/** One replica's tree, wherever it is. */
export interface Tree {
  readonly root: Pick<TreeSummary, 'full' | 'view'>;
  /** Undefined when the replica can no longer be asked: it then counts as holding what replica 0 holds. */
  list(path: RelPath): Promise<Directory | undefined>;
  /** Ends the replica's part: what it claims cannot be. */
  refuse?(error: SyncError): void;
}

/** A directory that differs somewhere; `replicas[i]` is what replica i has there, empty if nothing. */
export interface Comparison {
  readonly path: RelPath;
  readonly replicas: readonly Directory[];
}

/** Which digest decides: `full` includes history, `view` is what a user sees. */
export type Aspect = 'full' | 'view';

/** Listings asked for ahead of use: hides the round trip, bounds what is held. */
const AHEAD = 64;
/**
 * Entries of listings that came before their turn. A listing may be a directory of half a million entries: 64 of those,
 * from a peer that lies, would fill memory. What comes beyond this is dropped and asked for again in its turn.
 */
const ENTRIES_AHEAD = 100_000;

/**
 * Directories that may wait for their turn, some 300 bytes each. A listing may name a million of them, and each of those a
 * million more: a replica that invents them is refused, and counts as equal from then on.
 */
const PENDING_MAX = 2_000_000;

/** Yields every directory in which the trees differ. Replica 0 is the one that the others are held against. */
export async function* compareTrees(
  trees: readonly Tree[],
  aspect: Aspect,
  from: RelPath = ROOT,
  pendingMax = PENDING_MAX,
): AsyncGenerator<Comparison> {
  const roots = trees.map((tree) => tree.root[aspect]);
  if (from === ROOT && roots.every((digest) => digest === roots[0])) return;
  const ahead: Ahead = { entries: 0 };
  const refused = new Set<number>();
  const stack: Task[] = [
    new Task(
      from,
      from === ROOT ? roots.map((digest) => relation(digest, roots[0])) : roots.map(() => 'differs'),
      trees,
    ),
  ];
  for (;;) {
    for (let i = stack.length - 1; i >= Math.max(0, stack.length - AHEAD); i--) stack[i]?.start(ahead);
    const task = stack.pop();
    if (task === undefined) return;
    const replicas = await task.lists();
    yield { path: task.path, replicas };
    for (const child of differingChildren(task.path, replicas, trees, aspect).reverse()) stack.push(child);
    if (stack.length > pendingMax) refuseWidest(stack, trees, refused);
  }
}

/** Refuses the replica that most of what waits is there for. One is enough each time: its directories drain unasked. */
function refuseWidest(stack: readonly Task[], trees: readonly Tree[], refused: Set<number>): void {
  const counts = trees.map((_, i) => (i === 0 || refused.has(i) ? 0 : stack.filter((task) => task.isFor(i)).length));
  const most = Math.max(...counts);
  if (most === 0) return;
  const widest = counts.indexOf(most);
  refused.add(widest);
  const message = `the peer claims more than ${stack.length - 1} directories at once, which no run can hold`;
  trees[widest]?.refuse?.(new SyncError('protocol', message));
}

/** What is held for tasks whose turn has not come. */
interface Ahead {
  entries: number;
}

/** How a replica's directory stands to replica 0's, as far as digests tell without opening it. */
type Relation = 'differs' | 'same' | 'nothing';

function relation(digest: string | undefined, first: string | undefined): Relation {
  if (digest === undefined) return 'nothing';
  return digest === first ? 'same' : 'differs';
}

/** One directory to list in every tree that holds something else there than replica 0. */
class Task {
  readonly path: RelPath;
  readonly #relations: readonly Relation[];
  readonly #trees: readonly Tree[];
  /** Undefined once it is there: it came too early and was dropped. */
  #lists: Promise<Directory[] | undefined> | undefined;
  #isDue = false;
  #release: () => void = () => {};

  constructor(path: RelPath, relations: readonly Relation[], trees: readonly Tree[]) {
    this.path = path;
    this.#relations = relations;
    this.#trees = trees;
  }

  /** Whether that replica's directory has to be asked for. */
  isFor(replica: number): boolean {
    return this.#relations[replica] === 'differs';
  }

  start(ahead: Ahead): void {
    if (this.#lists !== undefined) return;
    this.#lists = this.#fetch().then((lists) => this.#keep(lists, ahead));
    this.#lists.catch(() => {}); // awaited in lists(); until then a failure must not count as unhandled
  }

  /** Its turn has come. */
  async lists(): Promise<Directory[]> {
    this.#isDue = true;
    const lists = await this.#lists;
    this.#release();
    return lists ?? this.#fetch();
  }

  #keep(lists: Directory[], ahead: Ahead): Directory[] | undefined {
    const entries = lists.reduce((sum, list) => sum + list.length, 0);
    if (this.#isDue) return lists;
    if (ahead.entries + entries > ENTRIES_AHEAD) return undefined;
    ahead.entries += entries;
    this.#release = () => {
      ahead.entries -= entries;
    };
    return lists;
  }

  async #fetch(): Promise<Directory[]> {
    const asked = this.#trees.map((tree, i) => {
      const relation = this.#relations[i];
      if (relation === 'nothing') return [];
      return i > 0 && relation === 'same' ? undefined : tree.list(this.path);
    });
    const lists = await Promise.all(asked);
    const first = lists[0] ?? [];
    return lists.map((list) => list ?? first);
  }
}

function differingChildren(
  path: RelPath,
  replicas: readonly Directory[],
  trees: readonly Tree[],
  aspect: Aspect,
): Task[] {
  const summaries = new Map<Name, (string | undefined)[]>();
  replicas.forEach((directory, i) => {
    for (const entry of directory) {
      if (entry.tree === undefined || (aspect === 'view' && entry.kind !== 'directory')) continue;
      let row = summaries.get(entry.name);
      if (row === undefined) {
        row = replicas.map(() => undefined);
        summaries.set(entry.name, row);
      }
      row[i] = entry.tree[aspect];
    }
  });
  const tasks: Task[] = [];
  for (const [name, row] of [...summaries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (row.every((digest) => digest === row[0])) continue;
    tasks.push(
      new Task(
        joinPath(path, name),
        row.map((digest) => relation(digest, row[0])),
        trees,
      ),
    );
  }
  return tasks;
}
