/** A user's world in a temporary directory: configuration, state and folders, removed after each test. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { type GroupEnv, groupEnv } from '../../src/group/group-env.js';
import { SyncError, type SyncErrorCode } from '../../src/model/sync-error.js';

export interface TempEnv {
  readonly base: string;
  readonly env: GroupEnv;
  /** Makes a folder below the base. */
  folder(name: string): string;
}

export function useTempEnv(): TempEnv {
  let base = '';
  beforeEach(() => {
    base = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-group-')));
  });
  afterEach(() => fs.rmSync(base, { recursive: true, force: true }));
  return {
    get base() {
      return base;
    },
    get env() {
      return groupEnv({ variables: {}, home: path.join(base, 'home') });
    },
    folder(name) {
      const folder = path.join(base, name);
      fs.mkdirSync(folder, { recursive: true });
      return folder;
    },
  };
}

/** The message of the SyncError that the action throws with this code. */
export function refusal(code: SyncErrorCode, action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(SyncError);
    expect((error as SyncError).code).toBe(code);
    return (error as SyncError).message;
  }
  throw new Error(`expected a ${code} error, nothing was thrown`);
}
