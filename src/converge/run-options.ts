/** What callers may ask of the engine, and what it does unasked. */
import { CONNECT_TIMEOUT, TIMEOUT } from '../session/session-limits.js';

/** What a caller may ask of a run; every field has the default that docs and `--help` name. */
export interface RunOptions {
  readonly dryRun: boolean;
  /** `host` or `host:port`, each asked directly whether it answers broadcasts or not. */
  readonly peers: readonly string[];
  readonly discover: boolean;
  /** Only peers that give one of these names; empty: all. */
  readonly to: readonly string[];
  readonly minPeers: number;
  /** Milliseconds; the most that discovery waits. */
  readonly discoverTime: number;
  /** Names or addresses; empty: all. */
  readonly interfaces: readonly string[];
  readonly port: number;
  readonly conflict: 'keep-both' | 'newest' | 'fail';
  readonly delete: boolean;
  /** Percent of a replica's entries; when more of them would go, none is deleted. 100: no limit. */
  readonly maxDelete: number;
  /** Folder for what is replaced, relative to the root; undefined: not kept. */
  readonly backup: string | undefined;
  /** fast-glob patterns; empty: everything. */
  readonly only: readonly string[];
  /** gitignore patterns. */
  readonly exclude: readonly string[];
  /** Bytes a second; 0: no limit. */
  readonly bwlimit: number;
  readonly compress: 'auto' | 'never';
  readonly reuse: 'auto' | 'always' | 'never';
  /** Milliseconds. */
  readonly connectTimeout: number;
  /** Milliseconds without progress. */
  readonly timeout: number;
  /** Milliseconds for the whole run; 0: no limit. */
  readonly maxTime: number;
  readonly lock: 'skip' | 'wait' | 'fail';
  readonly fsync: boolean;
}

export interface ListenOptions {
  readonly interfaces: readonly string[];
  readonly port: number;
  /** Networks such as `10.1.0.0/16` that are answered besides the interfaces' own, for peers behind a router. */
  readonly allowFrom: readonly string[];
  readonly allowDelete: boolean;
  /** As {@link RunOptions.maxDelete}, for this folder and whoever asks. */
  readonly maxDelete: number;
  readonly readOnly: boolean;
  readonly backup: string | undefined;
  readonly exclude: readonly string[];
  readonly bwlimit: number;
  readonly compress: 'auto' | 'never';
  readonly reuse: 'auto' | 'always' | 'never';
  readonly timeout: number;
  readonly fsync: boolean;
}

/** UDP and TCP; of the unassigned ones. */
export const DEFAULT_PORT = 22_327;
/** Milliseconds; the third round of probes leaves after one second and has the rest for its answers. */
const DISCOVER_TIME = 3_000;
/** Percent; a folder that lost more than half of its entries is rather half restored, or the wrong one. */
const MAX_DELETE = 50;

export const RUN_DEFAULTS: RunOptions = {
  dryRun: false,
  peers: [],
  discover: true,
  to: [],
  minPeers: 1,
  discoverTime: DISCOVER_TIME,
  interfaces: [],
  port: DEFAULT_PORT,
  conflict: 'keep-both',
  delete: false,
  maxDelete: MAX_DELETE,
  backup: undefined,
  only: [],
  exclude: [],
  bwlimit: 0,
  compress: 'auto',
  reuse: 'auto',
  connectTimeout: CONNECT_TIMEOUT,
  timeout: TIMEOUT,
  maxTime: 0,
  lock: 'fail',
  fsync: true,
};

export const LISTEN_DEFAULTS: ListenOptions = {
  interfaces: [],
  port: DEFAULT_PORT,
  allowFrom: [],
  allowDelete: false,
  maxDelete: MAX_DELETE,
  readOnly: false,
  backup: undefined,
  exclude: [],
  bwlimit: 0,
  compress: 'auto',
  reuse: 'auto',
  timeout: TIMEOUT,
  fsync: true,
};
