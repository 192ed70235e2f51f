/**
 * Everything that options, environment and config file can say, resolved. One flat object: a command takes from
 * it what it needs, and it is a RunOptions and a ListenOptions as it stands.
 */
import { LISTEN_DEFAULTS, type ListenOptions, RUN_DEFAULTS, type RunOptions } from '../converge/run-options.js';

export interface Settings extends RunOptions, ListenOptions {
  readonly help: boolean;
  readonly version: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly json: boolean;
  readonly progress: 'auto' | 'always' | 'never';
  /** False: --no-color. */
  readonly color: boolean;
  readonly logFile: string | undefined;
  readonly output: string | undefined;
  readonly keyFile: string | undefined;
  readonly stateDir: string | undefined;
  readonly inviteFile: string | undefined;
  /** `send`: the joined folder that is meant. */
  readonly folder: string | undefined;
  /** `service`: undefined: what this computer has. */
  readonly kind: 'systemd' | 'launchd' | 'cron' | undefined;
}

export const DEFAULTS: Settings = {
  ...LISTEN_DEFAULTS,
  ...RUN_DEFAULTS,
  help: false,
  version: false,
  quiet: false,
  verbose: false,
  json: false,
  progress: 'auto',
  color: true,
  logFile: undefined,
  output: undefined,
  keyFile: undefined,
  stateDir: undefined,
  inviteFile: undefined,
  folder: undefined,
  kind: undefined,
};
