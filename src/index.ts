/**
 * p2psync as a library (docs/LIBRARY.md): the runs of the command line as functions, with their events as they happen
 * and an AbortSignal to stop them. What the command line prints is made from the same events.
 */
import os from 'node:os';
import { check as checkEngine } from './converge/check.js';
import { listen as listenEngine } from './converge/listen.js';
import { once as onceEngine } from './converge/once.js';
import { LISTEN_DEFAULTS, type ListenOptions, RUN_DEFAULTS, type RunOptions } from './converge/run-options.js';
import { type GroupEnv, groupEnv } from './group/group-env.js';
import type { JoinedFolder } from './group/joined-folder.js';
import { openFolder } from './group/open-folder.js';
import { textOf } from './model/byte-string.js';
import type { Emit, Summary, SyncEvent } from './model/event.js';
import type { RelPath } from './model/path.js';

export type { ChangeAction, DeltaCounts, PeerSummary, Summary } from './model/event.js';
export type { ProblemCode } from './model/problem.js';
export { SyncError, type SyncErrorCode } from './model/sync-error.js';
export type { ListenOptions, RunOptions };

/** A {@link SyncEvent} with names as text; docs/JSON.md tells what each means. */
export type RunEvent = Readable<SyncEvent>;
type Readable<E> = E extends unknown ? { [K in keyof E]: K extends 'path' | 'copy' ? string : E[K] } : never;

export interface Call {
  /** Ends the run in order: it rejects with a SyncError `interrupted`, a listener resolves. */
  readonly signal?: AbortSignal;
  /** Called as things happen. Names that are no UTF-8 come with U+FFFD in them. */
  readonly onEvent?: (event: RunEvent) => void;
  /** Holds the group's key; a folder that was not joined is joined with it. */
  readonly keyFile?: string;
  /** Where keys and the list of joined folders are; default: as for the command line. */
  readonly configDir?: string;
  /** Where folders are remembered; default: as for the command line. */
  readonly stateDir?: string;
}

/** Finds peers and makes the folder and theirs equal. Rejects with a SyncError if the run as a whole was not possible. */
export function once(folder: string, options: Partial<RunOptions> & Call = {}): Promise<Summary> {
  return run(onceEngine, folder, options);
}

/** Compares with all peers and changes nothing; `converged` of the summary is the answer. */
export function check(folder: string, options: Partial<RunOptions> & Call = {}): Promise<Summary> {
  return run(checkEngine, folder, options);
}

/** Answers for the folders until the signal aborts, then resolves. The event `ready` tells when peers can find it. */
export async function listen(
  folders: string | readonly string[],
  options: Partial<ListenOptions> & Call = {},
): Promise<void> {
  const opened = [folders].flat().map((folder) => open(folder, options));
  const signal = options.signal ?? new AbortController().signal;
  await listenEngine(opened, { ...LISTEN_DEFAULTS, ...given(options) }, emitTo(options), signal);
}

type Engine = (folder: JoinedFolder, options: RunOptions, emit: Emit, signal: AbortSignal) => Promise<Summary>;

async function run(engine: Engine, folder: string, options: Partial<RunOptions> & Call): Promise<Summary> {
  const signal = options.signal ?? new AbortController().signal;
  return engine(open(folder, options), { ...RUN_DEFAULTS, ...given(options) }, emitTo(options), signal);
}

function open(folder: string, call: Call): JoinedFolder {
  return openFolder(folder, environment(call), { keyFile: call.keyFile });
}

function environment({ configDir, stateDir }: Call): GroupEnv {
  const variables = configDir === undefined ? process.env : { ...process.env, P2PSYNC_CONFIG_DIR: configDir };
  return groupEnv({ variables, home: process.env.HOME || os.homedir(), stateDir });
}

/** `{ port: undefined }` means the default too. */
function given<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

function emitTo({ onEvent }: Call): Emit {
  if (onEvent === undefined) return () => {};
  const text = (name: RelPath | undefined) => (name === undefined ? undefined : textOf(name));
  return (event) => {
    const path = 'path' in event ? { path: text(event.path) } : {};
    const copy = 'copy' in event ? { copy: text(event.copy) } : {};
    onEvent({ ...event, ...path, ...copy } as RunEvent);
  };
}
