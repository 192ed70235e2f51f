/** What a command says of itself in the table of commands. */
import type { Invocation } from './invocation.js';

export interface CommandSpec {
  readonly name: string;
  /** As in the usage line: `[folder...]`. Brackets: may be left out; dots: any number. */
  readonly operands: '' | '[folder]' | '[folder...]' | '[file...]' | '<shell>';
  /** All that an operand can be. */
  readonly choices?: readonly string[];
  readonly summary: string;
  readonly description: string;
  /** Names of its options in option-table.ts, without those that all commands take. */
  readonly options: readonly string[];
  /** Exit statuses that it can end with, besides 0, 2, 70, 130 and 143. */
  readonly exits: readonly number[];
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  load(): Promise<CommandModule>;
}

export interface CommandModule {
  /** Does it and returns the exit status; throws SyncError. */
  run(invocation: Invocation): Promise<number>;
}
