/**
 * Edits of two folders that have converged before, of every kind: new, changed, conflicting, renamed, moved and deleted
 * files on both sides, a directory in a file's place, links and modes; and what must hold of the folders after any crash
 * (invariants 1 to 5 and 8 of docs/RELIABILITY.md) and once the next run is over.
 */
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { Machine } from '../../../scripts/machine.mjs';
import { snapshot } from '../group.js';

/** path → content of a file, or `-> target` of a symlink. */
type Tree = Record<string, string>;

const COPY = /^conflict\.conflict-[0-9a-f]{10}$/;
/** Bytes of a file that is worth a delta. */
const LARGE = 60_000;

export class Scenario {
  readonly #sides: readonly [Machine, Machine];
  #generation = 0;
  /** What each folder holds after the edits. */
  #before: readonly [Tree, Tree] = [{}, {}];
  #trashed: readonly [ReadonlySet<string>, ReadonlySet<string>] = [new Set(), new Set()];

  constructor(one: Machine, two: Machine) {
    this.#sides = [one, two];
    for (let i = 0; i < 20; i++) write(one.folder, `still/${i}`, `never touched ${i}`);
    write(one.folder, 'kept/mode', 'mode');
  }

  /** Edits both folders; they must have converged since the last time. */
  edit(): void {
    const now = ++this.#generation;
    const last = now - 1;
    this.#sides.forEach(({ folder }, i) => {
      const [me, other] = [`${i}`, `${1 - i}`];
      write(folder, `new/${me}-${now}`, `new ${me} ${now}`);
      write(folder, `changed-${me}`, `changed ${me} ${now} ${'.'.repeat((now * 7) % 50)}`);
      write(folder, 'conflict', `conflict ${me} ${now}`);
      write(folder, `large-${me}`, large(me, now));
      write(folder, `made-${now}-${me}/deep/er/file`, `deep ${me} ${now}`);
      fs.rmSync(path.join(folder, `new/${other}-${last}`), { force: true });
      fs.rmSync(path.join(folder, `made-${last}-${other}`), { recursive: true, force: true });
      if (last === 0) write(folder, `moved-${me}-${now}`, `moved ${me}`);
      else fs.renameSync(path.join(folder, `moved-${me}-${last}`), path.join(folder, `moved-${me}-${now}`));
      for (const name of fs.readdirSync(folder)) if (COPY.test(name)) fs.rmSync(path.join(folder, name));
    });
    const [one, two] = this.#sides.map(({ folder }) => folder) as [string, string];
    fs.rmSync(path.join(one, 'link'), { force: true });
    fs.symlinkSync(`still/${now % 20}`, path.join(one, 'link'));
    if (last > 0) fs.chmodSync(path.join(two, 'kept/mode'), now % 2 === 0 ? 0o600 : 0o640);
    this.#before = [treeOf(one), treeOf(two)];
    this.#trashed = [trashOf(one), trashOf(two)];
  }

  /** After a crash: each path of each folder holds a whole content that it may hold, and nothing is lost. */
  expectWhole(where: string): void {
    this.#sides.forEach(({ folder }, i) => {
      const own = this.#before[i] ?? {};
      const other = this.#before[1 - i] ?? {};
      const now = treeOf(folder);
      for (const [name, content] of Object.entries(now)) {
        const allowed = COPY.test(name) ? [own.conflict, other.conflict] : [own[name], other[name]];
        expect(allowed, `${where}: ${name} of ${i}`).toContain(content);
      }
      const live = new Set(Object.values(now));
      const trashed = trashOf(folder);
      for (const [name, content] of Object.entries(own)) {
        if (name !== 'conflict' && now[name] !== undefined && now[name] === other[name]) continue; // superseded
        if (name in other) expect(now[name], `${where}: ${name} of ${i} is there`).toBeDefined();
        if (!content.startsWith('-> ')) {
          expect(live.has(content) || trashed.has(content), `${where}: ${name} of ${i} is kept`).toBe(true);
        }
      }
      expect(Object.keys(now).filter((name) => /conflict.*conflict.*conflict/.test(name))).toEqual([]);
      expect(besideStaging(folder), `${where}: nothing outside the stage of ${i}`).toEqual([]);
    });
  }

  /** That another folder has what the first of these two has edited alone. */
  expectFirstIn(folder: string, where: string): void {
    const now = this.#generation;
    const names = [`new/0-${now}`, `changed-0`, `large-0`, `moved-0-${now}`, `made-${now}-0/deep/er/file`, 'link'];
    const [tree, own = {}] = [treeOf(folder), this.#before[0]];
    expect(
      names.filter((name) => tree[name] !== own[name]),
      where,
    ).toEqual([]);
  }

  /** After the run that follows: both are equal, hold all that was new, and nothing that was live is gone but what was deleted. */
  expectFinished(where: string): void {
    const now = this.#generation;
    const [one, two] = this.#sides.map(({ folder }) => folder) as [string, string];
    expect(snapshot(two), where).toEqual(snapshot(one));
    const tree = treeOf(one);
    for (const me of ['0', '1']) {
      expect(tree, where).toMatchObject({
        [`new/${me}-${now}`]: `new ${me} ${now}`,
        [`made-${now}-${me}/deep/er/file`]: `deep ${me} ${now}`,
        [`changed-${me}`]: this.#before[Number(me)]?.[`changed-${me}`],
        [`large-${me}`]: large(me, now),
        [`moved-${me}-${now}`]: `moved ${me}`,
        link: `-> still/${now % 20}`,
      });
    }
    const conflicting = Object.keys(tree).filter((name) => name === 'conflict' || COPY.test(name));
    expect(new Set(conflicting.map((name) => tree[name])), where).toEqual(
      new Set([`conflict 0 ${now}`, `conflict 1 ${now}`]),
    );
    expect(conflicting, where).toHaveLength(2);
    this.#expectDeletedIsKept(tree, where);
  }

  /** What is gone was deleted by a user, or moved: on each side that did not do so itself it is in the trash. */
  #expectDeletedIsKept(tree: Tree, where: string): void {
    const live = new Set(Object.values(tree));
    this.#sides.forEach(({ folder }, i) => {
      const [own = {}, other = {}] = [this.#before[i], this.#before[1 - i]];
      const trashed = trashOf(folder);
      for (const [name, content] of Object.entries(own)) {
        if (live.has(content) || content.startsWith('-> ') || this.#trashed[i]?.has(content)) continue;
        // A change of the other side superseded it; else the other side had deleted it.
        if (name in other) expect(tree[name], `${where}: ${name} of ${i}`).toBe(other[name]);
        else expect(trashed.has(content), `${where}: ${name} of ${i} is in the trash`).toBe(true);
      }
    });
  }
}

function large(me: string, generation: number): string {
  const lines = Array.from({ length: LARGE / 30 }, (_, i) => `${me} line ${i} `.padEnd(29, '.'));
  lines[100 + ((generation * 37) % 1500)] = `${me} line of generation ${generation}`;
  return lines.join('\n');
}

function write(folder: string, name: string, content: string): void {
  fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  fs.writeFileSync(path.join(folder, name), content);
}

function treeOf(folder: string, below = ''): Tree {
  const tree: Tree = {};
  for (const entry of fs.readdirSync(path.join(folder, below), { withFileTypes: true })) {
    const name = path.join(below, entry.name);
    if (name === '.p2psync') continue;
    const real = path.join(folder, name);
    if (entry.isDirectory()) Object.assign(tree, treeOf(folder, name));
    else tree[name] = entry.isSymbolicLink() ? `-> ${fs.readlinkSync(real)}` : fs.readFileSync(real, 'utf8');
  }
  return tree;
}

function trashOf(folder: string): Set<string> {
  const trash = path.join(folder, '.p2psync/trash');
  return new Set(fs.existsSync(trash) ? Object.values(treeOf(trash)) : []);
}

/** What is in `.p2psync` and is neither marker, stage nor trash. */
function besideStaging(folder: string): string[] {
  return fs.readdirSync(path.join(folder, '.p2psync')).filter((name) => !/^(folder\.json|stage|trash)$/.test(name));
}
