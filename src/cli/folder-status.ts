/** Gathers what {@link FolderStatus} holds; opens the state only if there is one, and reads no file's content. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { LAST_RUN } from '../converge/remember-run.js';
import type { FolderRecord } from '../group/folder-record.js';
import type { GroupEnv } from '../group/group-env.js';
import { openFolder } from '../group/open-folder.js';
import { stateDirOf } from '../group/state-dir.js';
import { bytesOf } from '../model/byte-string.js';
import { ROOT } from '../model/path.js';
import type { FolderStatus, LastRun } from '../report/folder-status.js';
import { openState } from '../state/lmdb-state.js';
import { stateFile } from '../state/state-file.js';
import { conflictCopiesIn } from './conflict-copies.js';

export async function folderStatus(record: FolderRecord, groups: GroupEnv): Promise<FolderStatus> {
  const { root, group, epoch } = record;
  const known = await knownOf(stateDirOf(root, groups));
  return {
    folder: path.basename(root),
    path: root,
    ...availability(root, groups),
    group,
    epoch,
    ...(known === undefined ? {} : { known }),
    trash: trashOf(path.join(root, '.p2psync', 'trash')),
  };
}

function availability(root: string, groups: GroupEnv): Pick<FolderStatus, 'available' | 'reason'> {
  try {
    openFolder(root, groups);
    return { available: true };
  } catch (error) {
    return { available: false, reason: (error as Error).message };
  }
}

async function knownOf(stateDir: string): Promise<FolderStatus['known']> {
  if (!fs.existsSync(stateFile(stateDir))) return undefined;
  const state = openState(stateDir, { create: false, random: randomBytes });
  try {
    const { entries, bytes } = state.settle();
    const note = state.note(LAST_RUN);
    const lastRun = lastRunOf(note);
    const met = addressesIn(note);
    const seen = (address: string, recorded: number) =>
      met.has(address) ? Math.max(recorded, lastRun?.time ?? 0) : recorded;
    return {
      replica: bytesOf(state.replica).toString('hex'),
      entries,
      bytes,
      conflicts: [...conflictCopiesIn(state, ROOT)],
      peers: state.peers().map(({ host, port, name, lastSeen }) => {
        const address = `${host}:${port}`;
        return { name, address, lastSeen: seen(address, lastSeen) };
      }),
      ...(lastRun === undefined ? {} : { lastRun }),
    };
  } finally {
    await state.close();
  }
}

/** The note is what some version of this program wrote: nothing of it is taken for granted. */
function lastRunOf(note: unknown): LastRun | undefined {
  if (typeof note !== 'object' || note === null) return undefined;
  const { time, command, converged, peers } = note as Record<string, unknown>;
  return {
    ...(typeof time === 'number' ? { time } : {}),
    ...(typeof command === 'string' ? { command } : {}),
    ...(typeof converged === 'boolean' ? { converged } : {}),
    ...(Array.isArray(peers) ? { peers: peers.length } : {}),
  };
}

/** Who took part in the last run: remember-run.ts writes the time of that anew for each peer once a day only. */
function addressesIn(note: unknown): Set<unknown> {
  const peers = (note as { readonly peers?: unknown } | undefined | null)?.peers;
  return new Set(Array.isArray(peers) ? peers.map((peer) => peer?.address) : []);
}

function trashOf(directory: string): FolderStatus['trash'] {
  let files = 0;
  let bytes = 0;
  for (const entry of entriesOf(directory)) {
    if (entry.isDirectory()) continue;
    files += 1;
    bytes += fs.lstatSync(path.join(entry.parentPath, entry.name)).size;
  }
  return { files, bytes };
}

function entriesOf(directory: string): fs.Dirent[] {
  try {
    return fs.readdirSync(directory, { recursive: true, withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR')
      return [];
    throw error;
  }
}
