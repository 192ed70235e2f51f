/** Which command takes which option. */
import type { CommandSpec } from './command-spec.js';
import type { OptionSpec } from './option-table.js';

/** Options that every command takes. */
export const COMMON_OPTIONS: readonly string[] = ['quiet', 'verbose', 'no-color', 'state-dir', 'help', 'version'];

export function takes(command: CommandSpec, spec: OptionSpec): boolean {
  return command.options.includes(spec.name) || COMMON_OPTIONS.includes(spec.name);
}
