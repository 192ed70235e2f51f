/** The merge table of fixtures/merge, which a person can read: see its README.md. */
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { byteStringOfText } from '../../src/model/byte-string.js';
import { type Digest, digestOf, digestOfLink, hexOf } from '../../src/model/digest.js';
import type { RelPath } from '../../src/model/path.js';
import type { Policy } from '../../src/plan/policy.js';
import type { Node } from './node.js';
import { Replica } from './replica.js';
import { Users } from './users.js';
import { DEFAULTS, type Outcome, run } from './world.js';

type Tree = Readonly<Record<string, string>>;

interface Round {
  readonly A?: Tree;
  readonly B?: Tree;
  readonly C?: Tree;
  readonly D?: Tree;
  readonly E?: Tree;
  readonly F?: Tree;
  readonly options?: Partial<Policy>;
  readonly among?: readonly string[];
  readonly lost?: readonly string[];
  readonly dissent?: readonly string[];
}

interface MergeRow extends Round {
  readonly name: string;
  readonly base?: Tree;
  readonly steps?: readonly Round[];
  readonly result?: Tree;
  readonly results?: Readonly<Record<string, Tree>>;
  readonly trash?: Readonly<Record<string, readonly string[]>>;
  readonly problems?: readonly string[];
}

const FIXTURES = new URL('../../fixtures/merge/', import.meta.url);
const LABELS = ['A', 'B', 'C', 'D', 'E', 'F'] as const;

const files = fs.readdirSync(FIXTURES).filter((file) => file.endsWith('.json'));
const rows = files.flatMap((file) => JSON.parse(fs.readFileSync(new URL(file, FIXTURES), 'utf8')) as MergeRow[]);

test.each(rows.map((row) => [row.name, row] as const))('%s', (_, row) => {
  const rounds = row.steps ?? [row];
  const labels = LABELS.filter((label) => label < 'C' || rounds.some((round) => round[label] !== undefined));
  const replicas = labels.map((label) => new Replica(label));
  const users = new Users(replicas, []);
  if (row.base !== undefined) {
    become(replicas[0] as Replica, row.base, 10, users);
    run(replicas);
  }
  let outcome: Outcome | undefined;
  for (const [i, round] of rounds.entries()) {
    for (const replica of replicas) if (round.lost?.includes(replica.label)) replica.loseState();
    for (const [k, replica] of replicas.entries()) {
      const tree = round[replica.label as 'A'];
      if (tree !== undefined) become(replica, tree, 100 * i + 10 * k + 20, users);
    }
    const among = replicas.filter(({ label }) => round.among?.includes(label) ?? true);
    const policy = { ...DEFAULTS, ...round.options };
    outcome = run(among, { policy, consents: ({ label }) => !round.dissent?.includes(label) });
  }
  for (const replica of replicas) {
    const expected = row.result ?? row.results?.[replica.label] ?? {};
    expect(picture(replica, expected), replica.label).toEqual(resolved(expected));
    for (const content of row.trash?.[replica.label] ?? []) expect(replica.trash).toContain(digestFor(content));
  }
  const reasons = (outcome?.problems ?? []).map((problem) => problem.split(' ').at(-1));
  expect([...new Set(reasons)]).toEqual(row.problems ?? []);
  if (row.result !== undefined) expect(run(replicas).writes, 'a second run writes nothing').toBe(0);
});

test('the table has many rows, each with a name of its own', () => {
  expect(rows.length).toBeGreaterThanOrEqual(120);
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
});

/** Makes a user change the disk to what the tree says. */
function become(replica: Replica, tree: Tree, now: number, users: Users): void {
  const wanted = new Map(Object.entries(tree).map(([name, text]) => [pathOf(name), text]));
  for (const path of [...replica.disk.keys()].reverse()) {
    const isParent = [...wanted.keys()].some((other) => other.startsWith(`${path}/`));
    if (!wanted.has(path) && !(isParent && replica.disk.get(path)?.kind === 'directory')) users.remove(replica, path);
  }
  for (const [name, text] of Object.entries(tree)) {
    const path = pathOf(name);
    const old = replica.disk.get(path);
    const node = nodeOf(name, text, now, old);
    users.put(replica, path, node);
    if (node.kind === 'directory') replica.disk.set(path, node);
  }
}

interface Notation {
  readonly content: string;
  readonly mtime: number | undefined;
  readonly mode: number | undefined;
}

function notation(text: string): Notation {
  const [, content = '', mtime, mode] = /^(.*?)(?: @(-?\d+))?(?: ?%(\d+))?$/s.exec(text) ?? [];
  return {
    content,
    mtime: mtime === undefined ? undefined : Number(mtime),
    mode: mode === undefined ? undefined : Number.parseInt(mode, 8),
  };
}

function nodeOf(name: string, text: string, now: number, old: Node | undefined): Node {
  const { content, mtime, mode } = notation(text);
  if (name.endsWith('/')) return { kind: 'directory', mode: mode ?? 0o755 };
  const isLink = content.startsWith('-> ');
  const kind = isLink ? 'symlink' : 'file';
  const bytes = isLink ? content.slice(3) : content;
  const isOld = old?.kind === kind && old.content === bytes;
  const time = mtime ?? (isOld ? old.mtime : now);
  if (kind === 'symlink') return { kind, content: bytes, mtime: time, mode: 0 };
  return { kind, content: bytes, mtime: time, mode: mode ?? (isOld ? old.mode : 0o644) };
}

/** What the replica holds, with times and modes where the expected tree names them; parents only if they are named. */
function picture(replica: Replica, expected: Tree): Tree {
  const named = new Map(Object.entries(resolved(expected)));
  const lines: [string, string][] = [];
  for (const [path, node] of replica.disk) {
    const key = node.kind === 'directory' ? `${path}/` : path;
    const { mtime, mode } = notation(named.get(key) ?? '');
    if (node.kind === 'directory') {
      if (named.has(key)) lines.push([key, mode === undefined ? '' : `%${node.mode.toString(8)}`]);
      else if (replica.children(path).length === 0) lines.push([key, '']);
      continue;
    }
    const content = node.kind === 'symlink' ? `-> ${node.content}` : node.content;
    const time = mtime === undefined ? '' : ` @${node.mtime}`;
    lines.push([key, `${content}${time}${mode === undefined ? '' : ` %${node.mode.toString(8)}`}`]);
  }
  return fromLines(lines);
}

/** The tree with the digests in its names. */
function resolved(tree: Tree): Tree {
  return fromLines(
    Object.entries(tree).map(([name, text]) => [`${pathOf(name)}${name.endsWith('/') ? '/' : ''}`, text]),
  );
}

/** As a null-prototype object, because a name may be `__proto__`. */
function fromLines(lines: [string, string][]): Tree {
  const tree: Record<string, string> = Object.create(null);
  for (const [name, text] of lines.sort(([a], [b]) => (a < b ? -1 : 1))) tree[name] = text;
  return tree;
}

function pathOf(name: string): RelPath {
  const plain = name.endsWith('/') ? name.slice(0, -1) : name;
  const filled = plain.replace(/\{([^:}]*)(?::(\d+))?\}/g, (_, content: string, length?: string) =>
    hexOf(digestFor(content)).slice(0, Number(length ?? 10)),
  );
  return byteStringOfText(filled) as RelPath;
}

function digestFor(content: string): Digest {
  return content.startsWith('-> ') ? digestOfLink(content.slice(3)) : digestOf(Buffer.from(content, 'latin1'));
}
