/** A group of machines for a test: folders in a directory of their own, listeners that are stopped at the end. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { type Listener, type Machine, makeMachine } from '../../scripts/machine.mjs';

/** Where listeners look for a port: high, and apart for each test worker, so that nothing else is disturbed. */
let nextPort = 30_000 + (process.pid % 500) * 40;

export interface Group {
  readonly directory: string;
  readonly machines: readonly Machine[];
}

/** Joined machines, the first of them the founder; each tree is given as path → content. */
export async function makeGroup(...trees: readonly Tree[]): Promise<Group> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-e2e-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  const machines = trees.map((tree, i) => {
    const name = `machine${i + 1}`;
    const folder = path.join(directory, name);
    writeTree(folder, tree);
    return makeMachine({ name, folder, home: path.join(directory, `${name}-home`) });
  });
  const [founder, ...others] = machines;
  const invite = await (founder as Machine).init();
  for (const machine of others) await machine.join(invite);
  return { directory, machines };
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
export async function listening(machine: Machine, ...options: string[]): Promise<Listener> {
  const listener = await machine.listen({ port: nextPort++, options });
  nextPort = Math.max(nextPort, listener.port + 1);
  onTestFinished(async () => void (await listener.stop()));
  return listener;
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
