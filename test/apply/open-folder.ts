/** A folder with a stage, for one test. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { openStage, STAGE_DIRECTORY, type Stage } from '../../src/apply/stage.js';
import { type AnchoredRoot, openRoot } from '../../src/disk/anchored-root.js';
import { localStatOf } from '../../src/disk/local-stat.js';
import type { LocalStat } from '../../src/model/entry.js';
import type { RelPath } from '../../src/model/path.js';
import { temporaryDirectory } from '../disk/temporary-directory.js';

export interface Folder {
  readonly root: AnchoredRoot;
  readonly stage: Stage;
  /** The real path of something in the folder. */
  real(path: string): string;
  write(path: string, content: string, mtime?: number): LocalStat;
  read(path: string): string;
  stat(path: string): LocalStat;
  /** Everything below, with content; not the stage's own empty directories. */
  tree(): Record<string, string>;
  /** Names that are in the stage now. */
  staged(): string[];
}

export const at = (path: string): RelPath => path as RelPath;

export const STAGE_OPTIONS = { random: randomBytes, now: Date.now };

export function openFolder(disk?: string): Folder {
  const directory = temporaryDirectory(disk);
  const root = openRoot(directory);
  const stage = openStage(root, STAGE_OPTIONS);
  onTestFinished(() => {
    stage.close();
    root.close();
  });
  const real = (name: string): string => path.join(directory, name);
  const stat = (name: string): LocalStat => localStatOf(fs.lstatSync(real(name)));
  return {
    root,
    stage,
    real,
    stat,
    write: (name, content, mtime = 1_000_000) => {
      fs.mkdirSync(path.dirname(real(name)), { recursive: true });
      fs.writeFileSync(real(name), content);
      fs.utimesSync(real(name), mtime / 1e6, mtime / 1e6);
      return stat(name);
    },
    read: (name) => fs.readFileSync(real(name), 'utf8'),
    tree: () => treeOf(directory),
    staged: () => filesBelow(real(STAGE_DIRECTORY)),
  };
}

/** Every file and symlink below a directory with its content or target. */
export function treeOf(directory: string): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const name of filesBelow(directory)) {
    const file = path.join(directory, name);
    tree[name] = fs.lstatSync(file).isSymbolicLink() ? `-> ${fs.readlinkSync(file)}` : fs.readFileSync(file, 'utf8');
  }
  return tree;
}

function filesBelow(directory: string): string[] {
  if (!fs.existsSync(directory)) return [];
  return fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .sort();
}
