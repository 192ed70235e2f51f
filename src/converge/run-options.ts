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

export const RUN_DEFAULTS: RunOptions = {
  dryRun: false,
  peers: [],
  discover: true,
  to: [],
  minPeers: 1,
  discoverTime: 3_000,
  interfaces: [],
  port: 22327,
  conflict: 'keep-both',
  delete: false,
  maxDelete: 50,
  backup: undefined,
  only: [],
  exclude: [],
  bwlimit: 0,
  compress: 'auto',
  reuse: 'auto',
  connectTimeout: 5_000,
  timeout: 30_000,
  maxTime: 0,
  lock: 'fail',
  fsync: true,
};

export const LISTEN_DEFAULTS: ListenOptions = {
  interfaces: [],
  port: 22327,
  allowFrom: [],
  allowDelete: false,
  maxDelete: 50,
  readOnly: false,
  backup: undefined,
  exclude: [],
  bwlimit: 0,
  compress: 'auto',
  reuse: 'auto',
  timeout: 30_000,
  fsync: true,
};
