/** One call of the program: what was asked for, and the world that a command may touch. */
import type { Readable } from 'node:stream';
import type { GroupEnv } from '../group/group-env.js';
import type { Stream } from '../report/choose-reporter.js';
import type { CommandSpec } from './command-spec.js';
import type { Settings } from './settings.js';
import type { Interruption } from './signals.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What surrounds the program. */
export interface World {
  readonly env: Environment;
  readonly cwd: string;
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly out: Stream;
  readonly err: Stream;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly interruption: Interruption;
}

export interface Invocation extends World {
  readonly command: CommandSpec;
  /** All that there are. */
  readonly commands: readonly CommandSpec[];
  /** Exactly as typed. */
  readonly operands: readonly string[];
  readonly settings: Settings;
  /** Where keys, records and state of this user are. */
  readonly groups: GroupEnv;
}
