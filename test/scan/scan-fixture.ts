/** A real folder with a real state, and a tree written as a literal. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { type AnchoredRoot, openRoot } from '../../src/disk/anchored-root.js';
import { bytesOf } from '../../src/model/byte-string.js';
import type { LocalEntry } from '../../src/model/entry.js';
import { joinPath, nameOf, parentOf, type RelPath } from '../../src/model/path.js';
import { createFilter, type FilterOptions } from '../../src/scan/filter.js';
import { type ScanOptions, type ScanResult, scanFolder, settleMissing } from '../../src/scan/scan-folder.js';
import { type OpenedState, openState } from '../../src/state/lmdb-state.js';
import { findEntry } from '../../src/tree/edit-directory.js';

/** Content of a file, a directory's tree, or what makes anything else. */
export type Tree = { readonly [name: string]: string | Buffer | Tree };

export interface Folder {
  readonly path: string;
  readonly stateDirectory: string;
  readonly root: AnchoredRoot;
  readonly state: OpenedState;
  /** Absolute path of something below, as bytes. */
  at(path: string): Buffer;
  write(tree: Tree): void;
  scan(options?: Partial<ScanOptions> & Partial<Pick<FilterOptions, 'only' | 'exclude'>>): Promise<ScanResult>;
  /** Scans and settles what is missing. */
  rescan(deletes?: boolean): Promise<ScanResult>;
  entry(path: string): LocalEntry | undefined;
  /** `path kind` of everything recorded, in order. */
  recorded(): string[];
}

export function makeFolder(tree: Tree = {}, disk = os.tmpdir()): Folder {
  const base = fs.mkdtempSync(path.join(disk, 'p2psync-scan-'));
  const folder = path.join(base, 'folder');
  const stateDirectory = path.join(base, 'state');
  fs.mkdirSync(folder);
  const root = openRoot(folder);
  const state = openState(stateDirectory, { random: randomBytes });
  onTestFinished(async () => {
    await state.close();
    root.close();
    fs.rmSync(base, { recursive: true, force: true });
  });
  const at = (below: string): Buffer => Buffer.concat([Buffer.from(`${folder}/`), bytesOf(below)]);
  const made: Folder = {
    path: folder,
    stateDirectory,
    root,
    state,
    at,
    write: (added) => writeTree(at, '', added),
    scan: ({ only = [], exclude = [], ...options } = {}) =>
      scanFolder({ root, state, filter: createFilter({ root, only, exclude }), now: Date.now, ...options }),
    rescan: async (deletes = false) => {
      const result = await made.scan();
      settleMissing(state, result, { deletes });
      return result;
    },
    entry: (below) => findEntry(state.directory(parentOf(below as RelPath)) ?? [], nameOf(below as RelPath)),
    recorded: () => recordedBelow(state, '' as RelPath),
  };
  made.write(tree);
  return made;
}

function writeTree(at: (path: string) => Buffer, below: string, tree: Tree): void {
  for (const [name, content] of Object.entries(tree)) {
    const target = below === '' ? name : `${below}/${name}`;
    if (typeof content === 'string' || Buffer.isBuffer(content)) {
      fs.writeFileSync(at(target), content);
    } else {
      fs.mkdirSync(at(target), { recursive: true });
      writeTree(at, target, content);
    }
  }
}

function recordedBelow(state: OpenedState, directory: RelPath): string[] {
  return (state.directory(directory) ?? []).flatMap((entry) => {
    const path = joinPath(directory, entry.name);
    return [`${path} ${entry.kind}`, ...recordedBelow(state, path)];
  });
}

export function codes(result: ScanResult): string[] {
  return result.problems.map(({ code, path: where }) => `${code} ${where}`).sort();
}
