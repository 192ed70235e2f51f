/** A group of machines for a test: folders in a directory of their own, listeners that are stopped at the end. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, onTestFinished } from 'vitest';
import { type Listener, type Machine, makeMachine } from '../../scripts/machine.mjs';

/** Where listeners look for a port: high, and apart for each test worker, so that nothing else is disturbed. */
let nextPort = 30_000 + (process.pid % 500) * 40;

export interface Group {
  readonly directory: string;
  readonly machines: readonly Machine[];
}

/** Takes what is to be undone when a test, or all tests, are over. */
export type AtEnd = (undo: () => Promise<void> | void) => void;

/** For what several tests share: call it where they are declared. Last made is first undone. */
export function endOfAll(): AtEnd {
  const undone: (() => Promise<void> | void)[] = [];
  afterAll(async () => {
    for (const undo of undone.reverse()) await undo();
  });
  return (undo) => void undone.push(undo);
}

/** Put before a command, it makes the program run as a user whom permissions bind. */
export const ORDINARY_USER =
  process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];

/** Joined machines, the first of them the founder; each tree is given as path → content. */
export function makeGroup(...trees: readonly Tree[]): Promise<Group> {
  return openGroup(onTestFinished, trees);
}

/** The same with a say in how long it is there, and `enter` before each command. */
export async function openGroup(
  atEnd: AtEnd,
  trees: readonly Tree[],
  enter: readonly string[] = [],
): Promise<Group & { readonly invite: string }> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-e2e-'));
  atEnd(() => fs.rmSync(directory, { recursive: true, force: true }));
  fs.chmodSync(directory, 0o755);
  const machines = trees.map((tree, i) => {
    const name = `machine${i + 1}`;
    const [folder, home] = [path.join(directory, name), path.join(directory, `${name}-home`)];
    writeTree(folder, tree);
    fs.mkdirSync(home);
    if (enter.length > 0) giveAway(folder, home);
    return makeMachine({ name, folder, home, enter });
  });
  const [founder, ...others] = machines;
  const invite = await (founder as Machine).init();
  await Promise.all(others.map((machine) => machine.join(invite)));
  return { directory, machines, invite };
}

/** Everything in these directories belongs to the ordinary user from now on. */
export function giveAway(...directories: readonly string[]): void {
  if (ORDINARY_USER.length === 0) return;
  for (const directory of directories) {
    fs.lchownSync(directory, 65534, 65534);
    for (const name of fs.readdirSync(directory, { recursive: true }) as string[]) {
      fs.lchownSync(path.join(directory, name), 65534, 65534);
    }
  }
}

export type Tree = Readonly<Record<string, string | Buffer>>;

/** Writes files; a path that ends in `/` is an empty directory. */
export function writeTree(folder: string, tree: Tree): void {
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(tree)) {
    const file = path.join(folder, name);
    fs.mkdirSync(name.endsWith('/') ? file : path.dirname(file), { recursive: true });
    if (!name.endsWith('/')) fs.writeFileSync(file, content);
  }
}

/** A listener that is stopped when the test is over. */
export function listening(machine: Machine, ...options: string[]): Promise<Listener> {
  return startListening(onTestFinished, machine, ...options);
}

export async function startListening(atEnd: AtEnd, machine: Machine, ...options: string[]): Promise<Listener> {
  const listener = await machine.listen({ port: freshPort(), options });
  nextPort = Math.max(nextPort, listener.port + 1);
  atEnd(async () => void (await listener.stop()));
  return listener;
}

/** A port that no other listener of these tests was given. */
export function freshPort(): number {
  return nextPort++;
}

/** The machine at that place, which must be there. */
export function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`expected at least ${index + 1}, got ${items.length}`);
  return item;
}

/** Every path with kind, mode, mtime to the microsecond and content; `.p2psync` left out. */
export function snapshot(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (below: string): void => {
    for (const name of fs.readdirSync(path.join(folder, below)).sort()) {
      const relative = path.join(below, name);
      if (relative === '.p2psync') continue;
      const stat = fs.lstatSync(path.join(folder, relative), { bigint: true });
      const mode = (stat.mode & 0o777n).toString(8);
      if (stat.isDirectory()) {
        found[relative] = `directory ${mode}`;
        walk(relative);
      } else if (stat.isSymbolicLink()) found[relative] = `link ${fs.readlinkSync(path.join(folder, relative))}`;
      else {
        const content = fs.readFileSync(path.join(folder, relative)).toString('latin1');
        found[relative] = `file ${mode} ${stat.mtimeNs / 1000n} ${content}`;
      }
    }
  };
  walk('');
  return found;
}
