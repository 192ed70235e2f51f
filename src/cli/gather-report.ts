/** Gathers what {@link FolderReport} holds: what a comparison told, and what the state remembers. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { rememberedRuns } from '../converge/run-history.js';
import { findRecord } from '../group/joined-folder.js';
import { stateDirOf } from '../group/state-dir.js';
import { byteStringOfText } from '../model/byte-string.js';
import type { Entry } from '../model/entry.js';
import { joinPath, nameOf, parentOf, type RelPath, ROOT } from '../model/path.js';
import type { Problem } from '../model/problem.js';
import { nameInConflict } from '../plan/conflict-name.js';
import type { DifferenceMap } from '../report/page/difference-map.js';
import type { FolderReport, HeldDirectory, OpenConflict } from '../report/page/folder-report.js';
import { DIFFERING_MAX } from '../report/page/grid.js';
import type { SummaryEvent } from '../report/reporter.js';
import type { FolderState } from '../state/folder-state.js';
import { openState } from '../state/lmdb-state.js';
import { stateFile } from '../state/state-file.js';
import { folderStatus } from './folder-status.js';
import type { Invocation } from './invocation.js';
import { shellPath } from './shell-path.js';

/** What was told while the folder was compared. */
export interface Heard {
  readonly differences: DifferenceMap;
  readonly problems: Problem[];
}

/** Of a folder that was joined; whether it is there now does not matter. Throws SyncError `not-joined`. */
export async function gatherReport(
  folder: string,
  summary: SummaryEvent,
  heard: Heard,
  { groups }: Pick<Invocation, 'groups'>,
): Promise<FolderReport> {
  const record = findRecord(folder, groups);
  const status = await folderStatus(record, groups);
  const known = await remembered(record.root, stateDirOf(record.root, groups), {
    copies: status.known?.conflicts ?? [],
    shown: heard.differences.directories(DIFFERING_MAX),
  });
  return { status, summary, ...heard, ...known };
}

type Remembered = Pick<FolderReport, 'directories' | 'held' | 'conflicts' | 'runs'>;

async function remembered(
  root: string,
  stateDir: string,
  { copies, shown }: { readonly copies: readonly RelPath[]; readonly shown: readonly RelPath[] },
): Promise<Remembered> {
  if (!fs.existsSync(stateFile(stateDir))) return { directories: [], held: () => undefined, conflicts: [], runs: [] };
  const state = openState(stateDir, { create: false, random: randomBytes });
  try {
    state.settle();
    const directories = heldIn(state, ROOT);
    const parents = [...new Set(shown.map(parentOf))];
    const all = parents.flatMap((parent) => heldIn(state, parent));
    const held = new Map([...directories, ...all].map((directory) => [directory.path, directory]));
    return {
      directories,
      held: (directory) => held.get(directory),
      conflicts: copies.flatMap((copy) => conflictOf(root, state, copy) ?? []),
      runs: rememberedRuns(state),
    };
  } finally {
    await state.close();
  }
}

function heldIn(state: FolderState, parent: RelPath): HeldDirectory[] {
  const entries = state.directory(parent) ?? [];
  return entries
    .filter(({ kind }) => kind === 'directory')
    .map(({ name, tree }) => ({
      path: joinPath(parent, name),
      entries: tree?.entries ?? 0,
      bytes: tree?.bytes ?? 0,
    }));
}

function conflictOf(root: string, state: FolderState, copy: RelPath): OpenConflict | undefined {
  const directory = parentOf(copy);
  const entries = state.directory(directory) ?? [];
  const loser = entries.find(({ name }) => name === nameOf(copy));
  if (loser === undefined) return undefined;
  const name = nameInConflict(loser.name);
  const winner = entries.find((entry) => entry.name === name && entry.kind === 'file');
  const conflictPath = joinPath(directory, name);
  const shown = {
    path: conflictPath,
    copy,
    loser: versionOf(loser),
    commands: commandsFor(root, conflictPath, copy, winner !== undefined),
  };
  return winner === undefined ? shown : { ...shown, winner: versionOf(winner) };
}

function versionOf({ size, mtime }: Entry): OpenConflict['loser'] {
  return { bytes: size, time: mtime / 1000 };
}

function commandsFor(root: string, conflictPath: RelPath, copy: RelPath, hasWinner: boolean): OpenConflict['commands'] {
  const absolute = (relative: RelPath) => shellPath(byteStringOfText(path.join(root, '/')) + relative);
  const [one, other] = [absolute(conflictPath), absolute(copy)];
  const settle = [
    { meaning: 'keep what has the name', line: `rm ${other}` },
    { meaning: 'take the other version', line: `mv ${other} ${one}` },
  ];
  return hasWinner
    ? [{ meaning: 'compare the two', line: `diff ${one} ${other}` }, ...settle]
    : [{ meaning: 'give it its name back', line: `mv ${other} ${one}` }];
}
