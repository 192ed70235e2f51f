/**
 * One run at a time on one folder: a lock file in the folder's state directory that names its holder. A
 * lock whose process is gone is taken over. (A listener does not take it: its installs are guarded one by
 * one, and taking it would let two machines wait for each other.)
 */
import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../model/sync-error.js';

export interface RunLock {
  release(): void;
}

/** Takes the lock or throws `locked`, naming the process that holds it. */
export function takeRunLock(stateDir: string): RunLock {
  const file = path.join(stateDir, 'run.lock');
  const me = `${process.pid} ${startOf(process.pid) ?? ''}`;
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      publish(stateDir, file, me);
      return { release: () => release(file, me) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = readHolder(file);
      if (holder !== undefined && isAlive(holder)) {
        throw new SyncError(
          'locked',
          `another run (process ${holder.split(' ')[0]}) is working on this folder; wait for it, or use --lock wait`,
        );
      }
      removeStale(stateDir, file, holder);
    }
  }
  throw new SyncError('locked', `${file} is taken again and again by other runs; try later`);
}

/** The lock appears with its content or not at all: written aside, then linked. */
function publish(stateDir: string, file: string, me: string): void {
  const draft = path.join(stateDir, `run.lock.${process.pid}`);
  fs.writeFileSync(draft, me, { mode: 0o600 });
  try {
    fs.linkSync(draft, file);
  } finally {
    fs.unlinkSync(draft);
  }
}

/** Moves a stale lock aside before it is removed, so that of two takers only one removes the old one. */
function removeStale(stateDir: string, file: string, holder: string | undefined): void {
  const aside = path.join(stateDir, `run.lock.stale.${process.pid}`);
  try {
    fs.renameSync(file, aside);
    if (readHolder(aside) !== holder) fs.linkSync(aside, file); // another taker was quicker: give its lock back
    fs.unlinkSync(aside);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  }
}

function release(file: string, me: string): void {
  if (readHolder(file) === me) fs.rmSync(file, { force: true });
}

function readHolder(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Alive, and the same process: a pid may have been given out anew since, also after a reboot. */
function isAlive(holder: string): boolean {
  const [pid = '', start = ''] = holder.split(' ');
  if (!/^[1-9]\d*$/.test(pid)) return false; // torn, or not ours
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return start === '' || startOf(Number(pid)) === start;
}

/** When a process started, in clock ticks since boot (Linux); undefined elsewhere. */
function startOf(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
