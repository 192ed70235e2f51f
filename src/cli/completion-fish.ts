/** The completion script for fish. */
import type { CommandSpec } from './command-spec.js';
import { type Completable, operandTaken, valueTaken } from './completable.js';
import { OPTIONS, type OptionSpec } from './option-table.js';
import { takes } from './takes.js';

export function fishCompletion(commands: readonly CommandSpec[]): string {
  return [
    '# p2psync for fish: p2psync completion fish | source, in ~/.config/fish/config.fish',
    'complete -c p2psync -f',
    ...commands.map(
      ({ name, summary }) => `complete -c p2psync -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ),
    ...commands.flatMap(operandLine),
    ...OPTIONS.map((spec) => optionLine(spec, commands)),
    '',
  ].join('\n');
}

function operandLine(command: CommandSpec): string[] {
  const operand = operandTaken(command);
  if (operand === undefined) return [];
  return [`complete -c p2psync -n ${after([command])} ${action(operand)}`];
}

function optionLine(spec: OptionSpec, commands: readonly CommandSpec[]): string {
  const takers = commands.filter((command) => takes(command, spec));
  const value = valueTaken(spec);
  const short = spec.short === undefined ? '' : ` -s ${spec.short}`;
  const taken = value === undefined ? '' : ` -r ${action(value)}`;
  return `complete -c p2psync -n ${after(takers)}${short} -l ${spec.name}${taken} -d ${quoted(spec.about)}`;
}

function after(commands: readonly CommandSpec[]): string {
  return `'__fish_seen_subcommand_from ${commands.map(({ name }) => name).join(' ')}'`;
}

function action(what: Completable): string {
  switch (what.kind) {
    case 'words':
      return `-f -a '${what.words.join(' ')}'`;
    case 'files':
      return '-F';
    case 'directories':
      return "-f -a '(__fish_complete_directories)'";
    case 'free':
      return '-f';
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
