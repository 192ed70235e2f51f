/**
 * p2psync as a library: open a joined folder, run the engine, read its events. What the command line prints is
 * made from the same events.
 */
export { check } from './converge/check.js';
export { listen } from './converge/listen.js';
export { once } from './converge/once.js';
export { LISTEN_DEFAULTS, type ListenOptions, RUN_DEFAULTS, type RunOptions } from './converge/run-options.js';
export { type GroupEnv, type GroupEnvSource, groupEnv } from './group/group-env.js';
export type { JoinedFolder } from './group/joined-folder.js';
export { openFolder } from './group/open-folder.js';
export type { ChangeAction, DeltaCounts, Emit, PeerSummary, Summary, SyncEvent } from './model/event.js';
export type { RelPath } from './model/path.js';
export type { Problem, ProblemCode } from './model/problem.js';
export { SyncError, type SyncErrorCode } from './model/sync-error.js';
