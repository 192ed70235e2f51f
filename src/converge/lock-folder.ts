/** Takes the run lock of a folder the way that `--lock` asks for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SyncError } from '../model/sync-error.js';
import { type RunLock, takeRunLock } from '../state/run-lock.js';
import { reasonOf } from './deadline.js';
import type { RunOptions } from './run-options.js';

/** Milliseconds between two attempts with `--lock wait`. */
const RETRY = 200;

/** Throws `locked` when another run holds the folder and waiting was not asked for. */
export async function lockFolder(stateDir: string, mode: RunOptions['lock'], signal: AbortSignal): Promise<RunLock> {
  for (;;) {
    try {
      return takeRunLock(stateDir);
    } catch (error) {
      if (mode !== 'wait' || !(error instanceof SyncError) || error.code !== 'locked') throw error;
      await sleep(RETRY, undefined, { signal }).catch(() => {
        throw reasonOf(signal);
      });
    }
  }
}
