/**
 * Installs many small new files at once, in whichever thread: each is verified, staged, made durable and only then
 * given its name, by the very steps of staged-file.ts and install.ts.
 */
import { openSharedRoot, type SharedRoot } from '../disk/anchored-root.js';
import type { ByteString } from '../model/byte-string.js';
import { DIGEST_BYTES, type Digest, digestOf } from '../model/digest.js';
import type { LocalStat } from '../model/entry.js';
import { joinPath, type Name, type RelPath } from '../model/path.js';
import { asSyncError, SyncError } from '../model/sync-error.js';
import { installFile } from './install.js';
import { type LentStage, openLentStage } from './stage.js';
import type { Metadata, StagedFile } from './staged-file.js';

/** A new file and where its content lies in memory that threads share. */
export interface NewFile {
  readonly parent: RelPath;
  readonly name: Name;
  readonly digest: Digest;
  readonly metadata: Metadata;
  readonly content: Uint8Array;
}

/** The files, packed so that they are cheap to hand to a thread. */
export interface NewFilesRequest {
  readonly root: SharedRoot;
  readonly stage: LentStage;
  readonly fsync: boolean;
  readonly parents: readonly RelPath[];
  readonly names: readonly Name[];
  readonly digests: ByteString;
  /** Of each file: index of its parent, of its memory, offset, length, mtime, mode. */
  readonly numbers: Float64Array;
  readonly memory: readonly ArrayBufferLike[];
}

export interface NewFilesAnswer {
  /** Of each file: dev, ino, size, mtimeMs, ctimeMs to record; NaN where it was not installed. */
  readonly stats: Float64Array;
  readonly failures: ReadonlyMap<number, NewFileFailure>;
}

/** `corrupt`: the content does not have the digest. */
export type NewFileFailure = 'corrupt' | Pick<SyncError, 'code' | 'message' | 'problem'>;

const NUMBERS = 6;
const STATS = 5;

export async function installNewFiles(request: NewFilesRequest): Promise<NewFilesAnswer> {
  const root = openSharedRoot(request.root);
  const stage = openLentStage(root, request.stage);
  const failures = new Map<number, NewFileFailure>();
  const stats = new Float64Array(request.names.length * STATS).fill(Number.NaN);
  const staged = new Map<number, StagedFile>();
  const each = (work: (i: number) => void): void => {
    for (let i = 0; i < request.names.length; i++) {
      if (failures.has(i)) continue;
      try {
        work(i);
      } catch (error) {
        failures.set(i, failureOf(error));
      }
    }
  };
  try {
    each((i) => {
      const { content, metadata, digest } = fileOf(request, i);
      if (digestOf(content) !== digest) failures.set(i, 'corrupt');
      else staged.set(i, stage.fromBytes(content, metadata));
    });
    if (request.fsync) await stage.syncAll([...staged.values()]);
    each((i) => {
      const { parent, name, metadata } = fileOf(request, i);
      const stat = installFile(root, joinPath(parent, name), staged.get(i) as StagedFile, metadata, undefined);
      stats.set([stat.dev, stat.ino, stat.size, stat.mtimeMs, stat.ctimeMs], i * STATS);
    });
  } finally {
    stage.close();
    root.close();
  }
  return { stats, failures };
}

export function packNewFiles(
  where: Pick<NewFilesRequest, 'root' | 'stage' | 'fsync'>,
  files: readonly NewFile[],
): NewFilesRequest {
  const parents: RelPath[] = [];
  const memory: ArrayBufferLike[] = [];
  const numbers = new Float64Array(files.length * NUMBERS);
  for (const [i, { parent, content, metadata }] of files.entries()) {
    if (parents.at(-1) !== parent) parents.push(parent);
    if (memory.at(-1) !== content.buffer) memory.push(content.buffer);
    const { mtime, mode } = metadata;
    numbers.set([parents.length - 1, memory.length - 1, content.byteOffset, content.length, mtime, mode], i * NUMBERS);
  }
  const names = files.map(({ name }) => name);
  return { ...where, parents, names, digests: files.map(({ digest }) => digest).join(''), numbers, memory };
}

/** The stat to record of file `i`, or why it was not installed. */
export function installedOf({ stats, failures }: NewFilesAnswer, i: number): LocalStat | NewFileFailure {
  const failure = failures.get(i);
  if (failure !== undefined) return failure;
  const [dev = 0, ino = 0, size = 0, mtimeMs = 0, ctimeMs = 0] = stats.subarray(i * STATS, (i + 1) * STATS);
  return { dev, ino, size, mtimeMs, ctimeMs };
}

function fileOf({ parents, names, digests, numbers, memory }: NewFilesRequest, i: number): NewFile {
  const at = i * NUMBERS;
  const [parent = 0, piece = 0, offset = 0, length = 0, mtime = 0, mode = 0] = numbers.subarray(at, at + NUMBERS);
  return {
    parent: parents[parent] as RelPath,
    name: names[i] as Name,
    digest: digests.slice(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES) as Digest,
    metadata: { mtime, mode },
    content: new Uint8Array(memory[piece] as ArrayBufferLike, offset, length),
  };
}

function failureOf(error: unknown): NewFileFailure {
  const { code, message, problem } = asSyncError(error, 'io');
  return { code, message, problem };
}

/** The failure as it would have been thrown here. */
export function thrownOf(failure: Exclude<NewFileFailure, 'corrupt'>): SyncError {
  const { code, message, problem } = failure;
  return new SyncError(code, message, problem === undefined ? {} : { problem });
}
