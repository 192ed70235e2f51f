/**
 * Arguments into a command, its operands and the settings that were given, by cac behind guard-arguments.ts.
 * Operands and values arrive exactly as typed.
 */
import { cac } from 'cac';
import type { CommandSpec } from './command-spec.js';
import { COMMANDS, commandNamed } from './command-table.js';
import { guardArguments, unguard } from './guard-arguments.js';
import { BACKUP_DEFAULT, flagOf, OPTIONS, type OptionSpec } from './option-table.js';
import type { Settings } from './settings.js';
import { didYouMean } from './suggest.js';
import { takes } from './takes.js';
import { holdsInvite, usageError } from './usage-error.js';

export interface ParsedArguments {
  /** Undefined: none was named (`p2psync`, `p2psync --help`). */
  readonly command: CommandSpec | undefined;
  readonly operands: readonly string[];
  readonly given: Partial<Settings>;
}

/** Throws `usage` for what is unknown, missing, malformed or too much. */
export function parseArguments(argv: readonly string[]): ParsedArguments {
  refuseInvites(argv);
  const guarded = guardArguments(argv, OPTIONS, (word) => commandNamed(word) !== undefined);
  const { args, options, commandName } = parseWithCac(guarded.argv);
  const operands = [...args.map(unguard), ...guarded.behind];
  const command = commandName === undefined ? undefined : commandNamed(commandName);
  const given = settingsOf(guarded.given, options);
  if (command === undefined) {
    const [word, topic] = operands;
    if (word === 'help') return helpOf(topic);
    if (word !== undefined) throw unknownCommand(word);
    return { command, operands, given };
  }
  for (const spec of guarded.given) {
    if (!takes(command, spec)) throw misplaced(command, spec);
  }
  checkOperands(command, operands);
  return { command, operands, given };
}

/** The given texts of an option as its setting's value. `source` names the place in messages: `--port`. */
export function readOption(spec: OptionSpec, texts: readonly string[], source: string): Settings[keyof Settings] {
  const read = texts.map((text) => {
    if (spec.takes === 'optional' && text === '') return BACKUP_DEFAULT;
    const value = spec.read?.read(text);
    if (value === undefined)
      throw usageError(`${source}: expected ${spec.read?.expected}, got ${JSON.stringify(text)}`);
    return value;
  });
  return spec.repeat === true
    ? (read as string[])
    : (read.at(-1) as string | number | undefined as Settings[keyof Settings]);
}

function checkOperands({ name, operands: wanted, choices }: CommandSpec, operands: readonly string[]): void {
  const what = /\w+/.exec(wanted)?.[0] ?? 'operand';
  const most = wanted.endsWith('...]') ? Number.POSITIVE_INFINITY : wanted === '' ? 0 : 1;
  if (operands.length > most) {
    const allowed = most === 0 ? `no ${what}` : `one ${what}`;
    throw usageError(`\`p2psync ${name}\` takes ${allowed}, got ${operands.length}: ${operands.join(', ')}`);
  }
  if (operands.includes(''))
    throw usageError(`expected a ${what}, got an empty argument (an unset variable in a script?)`);
  const [first] = operands;
  if (first === undefined && wanted.startsWith('<')) {
    throw usageError(`\`p2psync ${name}\` needs a ${what}${choices === undefined ? '' : `: ${choices.join(', ')}`}`);
  }
  if (first !== undefined && choices?.includes(first) === false) {
    throw usageError(
      `expected a ${what} of ${choices.join(', ')}, got ${JSON.stringify(first)}.${didYouMean(first, choices)}`,
    );
  }
}

function refuseInvites(argv: readonly string[]): void {
  if (!argv.some(holdsInvite)) return;
  throw usageError(
    'an invite is the key of a group and is never taken from the arguments: `ps` and the shell history show them. ' +
      'Give it to `p2psync join` when it asks, on standard input, or with --invite-file FILE. If others could have ' +
      'seen it, `p2psync rotate` makes a new one',
  );
}

function parseWithCac(argv: readonly string[]) {
  const program = cac('p2psync');
  for (const spec of OPTIONS) program.option(rawName(spec), spec.about);
  for (const command of COMMANDS) program.command(`${command.name} ${command.operands}`.trim(), command.summary);
  const { args, options } = program.parse(['', '', ...argv], { run: false });
  return { args, options, commandName: program.matchedCommandName };
}

function rawName(spec: OptionSpec): string {
  return `${flagOf(spec)}${spec.takes === 'value' || spec.takes === 'optional' ? ' <value>' : ''}`;
}

function settingsOf(specs: readonly OptionSpec[], options: Readonly<Record<string, unknown>>): Partial<Settings> {
  const given: Record<string, unknown> = {};
  for (const spec of specs) {
    if (spec.takes === 'flag') given[spec.setting] = true;
    else if (spec.takes === 'off') given[spec.setting] = false;
    else given[spec.setting] = readOption(spec, textsOf(options[camelCase(spec.name)]), flagOf(spec));
  }
  return given as Partial<Settings>;
}

/** cac gives one value as it is and several as an array. */
function textsOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map((text) => unguard(String(text)));
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** `p2psync help once` is `p2psync once --help`. */
function helpOf(topic: string | undefined): ParsedArguments {
  const command = topic === undefined ? undefined : commandNamed(topic);
  if (topic !== undefined && command === undefined) throw unknownCommand(topic);
  return { command, operands: [], given: { help: true } };
}

function unknownCommand(word: string): Error {
  const names = COMMANDS.map((command) => command.name);
  return usageError(
    `unknown command ${JSON.stringify(word)}.${didYouMean(word.toLowerCase(), names)} \`p2psync --help\` lists what there is`,
  );
}

function misplaced(command: CommandSpec, spec: OptionSpec): Error {
  const takers = COMMANDS.filter((other) => takes(other, spec)).map((other) => `\`${other.name}\``);
  return usageError(
    `\`p2psync ${command.name}\` has no option ${flagOf(spec)}; ${takers.join(' and ')} ${takers.length === 1 ? 'has' : 'have'}`,
  );
}
