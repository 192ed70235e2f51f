/**
 * Everything that apply/ does to a folder, as one list of steps. Run to the end it gives {@link AFTER}; stopped anywhere and run
 * again it does too. The crash test stops it at every system call.
 */
import fs from 'node:fs';
import { finishDirectory, makeDirectory, removeDirectory } from '../../src/apply/directory.js';
import { installFile, installLink } from '../../src/apply/install.js';
import { moveAside, preserve } from '../../src/apply/preserve.js';
import { setMetadata } from '../../src/apply/set-metadata.js';
import type { Stage } from '../../src/apply/stage.js';
import { removeToTrash } from '../../src/apply/trash.js';
import { localStatOf } from '../../src/disk/local-stat.js';
import type { LocalStat } from '../../src/model/entry.js';
import type { RelPath } from '../../src/model/path.js';

/** What is in the folder before; every file with mtime 1 s and mode 0600. */
export const BEFORE: Readonly<Record<string, string>> = {
  aside: 'aside',
  changed: 'old',
  conflict: 'mine',
  gone: 'gone',
  kept: 'old',
  link: '-> old',
  metadata: 'same',
  source: 'source',
};

/** What is there after; every installed file with mtime 2 s and mode 0644. */
export const AFTER: Readonly<Record<string, string>> = {
  '.p2psync/backup/kept': 'old',
  '.p2psync/trash/1970-01-01T00-00-00Z/gone': 'gone',
  'aside/new': 'new',
  'aside.copy': 'aside',
  changed: 'new',
  conflict: 'theirs',
  'conflict.copy': 'mine',
  copied: 'source',
  kept: 'new',
  link: '-> new',
  metadata: 'same',
  new: 'new',
  newlink: '-> new',
  source: 'source',
};

export const NEW_METADATA = { mtime: 2_000_000, mode: 0o644 };

export function prepare(directory: string): void {
  for (const [name, content] of Object.entries(BEFORE)) {
    const file = `${directory}/${name}`;
    if (content.startsWith('-> ')) fs.symlinkSync(content.slice(3), file);
    else fs.writeFileSync(file, content, { mode: 0o600 });
    fs.lutimesSync(file, 1, 1);
  }
  fs.mkdirSync(`${directory}/empty`);
}

/** The steps; one that is done already does nothing. Returns the codes of what failed. */
export function apply(stage: Stage): string[] {
  const { root } = stage;
  const at = (name: string): RelPath => name as RelPath;
  const stat = (name: string): LocalStat | undefined => {
    const stats = fs.lstatSync(root.at(at(name)), { throwIfNoEntry: false });
    return stats?.isDirectory() === false ? localStatOf(stats) : undefined;
  };
  const has = (name: string, content: string): boolean => {
    const there = stat(name);
    return (
      there !== undefined && there.size === content.length && fs.readFileSync(root.at(at(name)), 'utf8') === content
    );
  };
  const install = (name: string, content: string, options = {}, expected = stat(name)): void => {
    if (has(name, content)) return;
    installFile(root, at(name), stage.fromBytes(Buffer.from(content)), NEW_METADATA, expected, options);
  };
  const linkTo = (name: string, target: string): void => {
    const there = stat(name);
    if (there !== undefined && fs.readlinkSync(root.at(at(name))) === target) return;
    installLink(root, stage, at(name), Buffer.from(target), NEW_METADATA.mtime, there);
  };
  const steps: (() => void)[] = [
    () => install('new', 'new'),
    () => install('changed', 'new'),
    () => install('kept', 'new', { keep: at('.p2psync/backup/kept') }),
    () => {
      const mine = stat('conflict');
      if (mine === undefined || has('conflict', 'theirs')) return;
      const kept = preserve(root, stage, at('conflict'), at('conflict.copy'), mine);
      install('conflict', 'theirs', { preserved: true }, kept.stat);
    },
    () => {
      const source = stat('source');
      if (source === undefined || has('copied', 'source')) return;
      installFile(root, at('copied'), stage.copyOf(root, at('source'), source), NEW_METADATA, stat('copied'));
    },
    () => linkTo('newlink', 'new'),
    () => linkTo('link', 'new'),
    () => {
      const there = stat('metadata');
      if (there !== undefined) setMetadata(root, at('metadata'), NEW_METADATA, there);
    },
    () => {
      const there = stat('gone');
      if (there !== undefined) removeToTrash(root, at('gone'), there, { now: 0 });
    },
    () => {
      const there = stat('aside');
      if (there !== undefined) moveAside(root, stage, at('aside'), at('aside.copy'), there);
      makeDirectory(root, at('aside'), 0o555);
      install('aside/new', 'new');
      finishDirectory(root, at('aside'), 0o555);
    },
    () => {
      if (fs.existsSync(root.at(at('empty')))) removeDirectory(root, at('empty'));
    },
  ];
  return steps.flatMap((step) => failureOf(step));
}

function failureOf(step: () => void): string[] {
  try {
    step();
    return [];
  } catch (error) {
    return [(error as { code?: string }).code ?? String(error)];
  }
}
