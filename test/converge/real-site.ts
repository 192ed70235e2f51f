/** A replica on a real disk, as users and invariants see it: a folder, its state and its trash in a temporary place. */
import fs from 'node:fs';
import path from 'node:path';
import { type GroupEnv, groupEnv } from '../../src/group/group-env.js';
import { stateDirOf } from '../../src/group/state-dir.js';
import { type Digest, digestOf, digestOfLink } from '../../src/model/digest.js';
import type { RelPath } from '../../src/model/path.js';
import type { Node } from '../plan/node.js';
import type { Disk, Site } from '../plan/users.js';

export class RealSite implements Site {
  readonly label: string;
  readonly folder: string;
  /** For the program: configuration and state. */
  readonly home: string;
  readonly env: GroupEnv;
  readonly disk: RealDisk;
  readonly ignored = new Set<RelPath>();
  readonly #base: string;
  #backups = 0;

  /** `base`: a directory for this replica alone. */
  constructor(label: string, base: string) {
    this.label = label;
    this.#base = base;
    this.folder = path.join(base, 'folder');
    this.home = path.join(base, 'home');
    fs.mkdirSync(this.folder, { recursive: true });
    fs.mkdirSync(this.home);
    const variables = {
      P2PSYNC_CONFIG_DIR: path.join(this.home, 'config'),
      P2PSYNC_STATE_DIR: path.join(this.home, 'state'),
    };
    this.env = groupEnv({ variables, home: this.home });
    this.disk = new RealDisk(this.folder, path.join(base, 'draft'));
  }

  /** gitignore patterns of what this replica hides. */
  get exclude(): string[] {
    return [...this.ignored].map((hidden) => `/${hidden}`);
  }

  children(below: RelPath): RelPath[] {
    return [...this.disk.keys()].filter((other) => other.startsWith(`${below}/`));
  }

  loseState(): void {
    fs.rmSync(this.#state, { recursive: true, force: true });
  }

  backup(): () => void {
    const kept = path.join(this.#base, `backup-${this.#backups++}`);
    const files = [...this.disk.entries()];
    const hadState = fs.existsSync(this.#state);
    if (hadState) fs.cpSync(this.#state, kept, { recursive: true });
    return () => {
      for (const name of [...this.disk.keys()].reverse()) this.disk.delete(name);
      for (const [name, node] of files) this.disk.set(name, node);
      this.loseState();
      if (hadState) fs.cpSync(kept, this.#state, { recursive: true });
    };
  }

  toggleIgnore(hidden: RelPath): void {
    if (!this.ignored.delete(hidden)) this.ignored.add(hidden);
  }

  forget(): void {
    throw new Error('a year is too long for a test');
  }

  live(): Set<Digest> {
    return digestsBelow(this.folder, (name) => name === '.p2psync');
  }

  get trash(): Digest[] {
    return [...digestsBelow(path.join(this.folder, '.p2psync/trash'), () => false)];
  }

  get #state(): string {
    return stateDirOf(fs.realpathSync(this.folder), this.env);
  }
}

/** Whole seconds stand for the histories' units of time, and zero for a day of 2001: times may go below zero. */
const ZERO = 1_000_000_000;

class RealDisk implements Disk {
  readonly #root: string;
  readonly #draft: string;

  constructor(root: string, draft: string) {
    this.#root = root;
    this.#draft = draft;
  }

  get(name: RelPath): Node | undefined {
    const at = this.#at(name);
    const stat = statOf(at);
    if (stat === undefined) return undefined;
    const mode = stat.mode & 0o777;
    if (stat.isDirectory()) return { kind: 'directory', mode };
    const mtime = Math.round(stat.mtimeMs / 1000) - ZERO;
    if (stat.isSymbolicLink()) return { kind: 'symlink', content: fs.readlinkSync(at), mtime, mode: 0 };
    return { kind: 'file', content: fs.readFileSync(at, 'latin1'), mtime, mode };
  }

  has(name: RelPath): boolean {
    return statOf(this.#at(name)) !== undefined;
  }

  /** Content comes as most editors bring it: written beside and renamed. */
  set(name: RelPath, node: Node): void {
    const at = this.#at(name);
    if (node.kind === 'directory') {
      const there = statOf(at);
      if (there !== undefined && !there.isDirectory()) fs.unlinkSync(at);
      fs.mkdirSync(at, { recursive: true });
      fs.chmodSync(at, node.mode);
      return;
    }
    const old = this.get(name);
    if (old?.kind !== node.kind || old.content !== node.content) {
      fs.rmSync(this.#draft, { force: true });
      if (node.kind === 'symlink') fs.symlinkSync(node.content, this.#draft);
      else fs.writeFileSync(this.#draft, node.content, 'latin1');
      fs.renameSync(this.#draft, at);
    }
    if (node.kind === 'file') fs.chmodSync(at, node.mode);
    fs.lutimesSync(at, node.mtime + ZERO, node.mtime + ZERO);
  }

  delete(name: RelPath): void {
    const at = this.#at(name);
    if (fs.lstatSync(at).isDirectory()) fs.rmdirSync(at);
    else fs.unlinkSync(at);
  }

  *keys(): Generator<RelPath> {
    const walk = function* (at: string, below: string): Generator<RelPath> {
      for (const entry of fs.readdirSync(at, { withFileTypes: true })) {
        if (entry.name === '.p2psync') continue;
        yield `${below}${entry.name}` as RelPath;
        if (entry.isDirectory()) yield* walk(path.join(at, entry.name), `${below}${entry.name}/`);
      }
    };
    yield* walk(this.#root, '');
  }

  *entries(): Generator<[RelPath, Node]> {
    for (const name of this.keys()) yield [name, this.get(name) as Node];
  }

  #at(name: RelPath): string {
    return path.join(this.#root, name);
  }
}

/** Undefined where there is nothing, or a file where the parent should be. */
function statOf(at: string): fs.Stats | undefined {
  try {
    return fs.lstatSync(at);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

function digestsBelow(directory: string, skips: (name: string) => boolean): Set<Digest> {
  const digests = new Set<Digest>();
  if (!fs.existsSync(directory)) return digests;
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    const at = path.join(directory, entry.name);
    if (skips(entry.name)) continue;
    if (entry.isDirectory()) for (const digest of digestsBelow(at, skips)) digests.add(digest);
    else if (entry.isSymbolicLink()) digests.add(digestOfLink(fs.readlinkSync(at)));
    else digests.add(digestOf(fs.readFileSync(at)));
  }
  return digests;
}
