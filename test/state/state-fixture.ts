/** States in temporary directories, and entries that are short to write. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';
import { digestOf, NO_DIGEST } from '../../src/model/digest.js';
import type { Kind, LocalEntry } from '../../src/model/entry.js';
import type { Name, RelPath } from '../../src/model/path.js';
import type { ReplicaId, VersionVector } from '../../src/model/version-vector.js';
import type { FolderState, LocalDirectory } from '../../src/state/folder-state.js';
import { type OpenedState, type OpenStateOptions, openState } from '../../src/state/lmdb-state.js';

const opened: { state: OpenedState; directory: string }[] = [];
const directories: string[] = [];

afterEach(async () => {
  for (const { state } of opened.splice(0)) await state.close().catch(() => {});
  for (const directory of directories.splice(0)) fs.rmSync(directory, { recursive: true, force: true });
});

export function stateDirectory(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-state-'));
  directories.push(directory);
  return directory;
}

export function open(directory: string, options: Partial<OpenStateOptions> = {}): OpenedState {
  const state = openState(directory, { random: randomBytes, ...options });
  opened.push({ state, directory });
  return state;
}

export const A = 'rAAAAAAA' as ReplicaId;
export const B = 'rBBBBBBB' as ReplicaId;

export function entry(name: string, kind: Kind = 'file', vector: VersionVector = [[A, 1]], content = name): LocalEntry {
  const hasContent = kind === 'file' || kind === 'symlink';
  return {
    name: name as Name,
    kind,
    size: hasContent ? content.length : 0,
    mtime: hasContent ? 1_700_000_000_000_000 : 0,
    mode: kind === 'directory' ? 0o755 : kind === 'file' ? 0o644 : 0,
    digest: hasContent ? digestOf(Buffer.from(content)) : NO_DIGEST,
    vector,
    lineage: [],
    ...(kind === 'file' ? { stat: { dev: 1, ino: 2 ** 60, size: 1, mtimeMs: 1.5, ctimeMs: -2.25 } } : {}),
  };
}

export function at(path: string): RelPath {
  return path as RelPath;
}

/** Stores the directory, whatever was there. */
export function put(state: FolderState, path: string, ...entries: LocalEntry[]): void {
  state.update([{ path: at(path), edit: () => entries }]);
}

/** Name, and the summary's fullness, of each entry. */
export function named(directory: LocalDirectory | undefined): string[] {
  return (directory ?? []).map(({ name, tree }) =>
    tree === undefined ? name : `${name}${tree.full === '' ? '?' : '!'}`,
  );
}
