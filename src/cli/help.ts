/** Help pages, from the tables of commands and options: usage, options in groups, EXIT STATUS, EXAMPLES. */
import type { CommandSpec } from './command-spec.js';
import { COMMANDS } from './command-table.js';
import { EXIT_MEANINGS } from './exit-status.js';
import { flagOf, OPTIONS, type OptionSpec } from './option-table.js';
import { DEFAULTS } from './settings.js';
import { takes } from './takes.js';

/** `p2psync --help`. */
export function programHelp(): string {
  const rows = COMMANDS.map(({ name, operands, summary }): [string, string] => [`${name} ${operands}`, summary]);
  return page([
    'p2psync makes folders on several machines hold the same things now: one shot, many ways, no server.',
    section('USAGE', ['p2psync <command> [options] [folder...]', 'p2psync <command> --help']),
    section('COMMANDS', columns(rows)),
    section('FIRST STEPS', [
      'p2psync init ~/Photos        here: makes a group, prints its invite (the key)',
      'p2psync join ~/Photos        on the other machine: asks for the invite',
      'p2psync listen               there: answers until Ctrl-C',
      'p2psync once                 here: both folders hold the same',
    ]),
    section('OPTIONS', columns(OPTIONS.filter((spec) => spec.group === 'Help').map(optionRow))),
    section('EXIT STATUS', exitRows([...EXIT_MEANINGS.keys()])),
    section('ENVIRONMENT', columns(ENVIRONMENT)),
  ]);
}

/** `p2psync <command> --help`. */
export function commandHelp(command: CommandSpec): string {
  const options = OPTIONS.filter((spec) => takes(command, spec));
  const groups = [...new Set(options.map((spec) => spec.group))];
  return page([
    `p2psync ${command.name}: ${command.summary}`,
    section('USAGE', [`p2psync ${command.name} [options] ${command.operands}`.trimEnd()]),
    command.description,
    ...groups.map((group) =>
      section(`OPTIONS: ${group}`, columns(options.filter((spec) => spec.group === group).map(optionRow))),
    ),
    section('EXIT STATUS', exitRows([0, 2, 23, 70, 130, 143, ...command.exits])),
    section('EXAMPLES', columns(command.examples.map(([line, meaning]): [string, string] => [line, meaning]))),
  ]);
}

export const ENVIRONMENT: readonly [string, string][] = [
  ['P2PSYNC_KEY_FILE', 'as --key-file'],
  ['P2PSYNC_STATE_DIR', 'as --state-dir'],
  ['P2PSYNC_CONFIG_DIR', 'where keys, the list of joined folders and config.json are'],
  ['NO_COLOR, FORCE_COLOR', 'no colours, or colours although it is no terminal'],
];

/** `-n, --dry-run` / `    --port N` and what it means, with the default where it has one. */
export function optionRow(spec: OptionSpec): [string, string] {
  const value =
    spec.takes === 'value' ? ` ${spec.placeholder}` : spec.takes === 'optional' ? `[=${spec.placeholder}]` : '';
  const repeat = spec.repeat === true ? '; may be repeated' : '';
  const standard = defaultOf(spec);
  return [
    `${spec.short === undefined ? '    ' : `-${spec.short}, `}${flagOf(spec)}${value}`,
    `${spec.about}${repeat}${standard === undefined ? '' : ` (default: ${standard})`}`,
  ];
}

function defaultOf(spec: OptionSpec): string | undefined {
  const value = DEFAULTS[spec.setting];
  if (spec.takes !== 'value' || value === undefined || typeof value === 'object') return undefined;
  if (spec.placeholder === 'N%') return `${value}%`;
  if (spec.placeholder !== 'TIME' || typeof value !== 'number') return String(value);
  return value % 1000 === 0 ? `${value / 1000}s` : `${value}ms`;
}

function exitRows(statuses: readonly number[]): string[] {
  const sorted = [...new Set(statuses)].sort((a, b) => a - b);
  return sorted.map((status) => `${String(status).padStart(3)}  ${EXIT_MEANINGS.get(status)}`);
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`);
}

function section(title: string, lines: readonly string[]): string {
  return [title, ...lines.map((line) => `  ${line}`)].join('\n');
}

function page(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}
