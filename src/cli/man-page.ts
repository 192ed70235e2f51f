/** The manual page p2psync(1) in roff, from the tables of commands and options; scripts/build.mjs writes it to dist/. */
import type { CommandSpec } from './command-spec.js';
import { COMMANDS } from './command-table.js';
import { EXIT_MEANINGS } from './exit-status.js';
import { ENVIRONMENT, optionRow } from './help.js';
import { OPTIONS } from './option-table.js';
import { COMMON_OPTIONS, takes } from './takes.js';

export function manPage(version: string): string {
  const groups = [...new Set(OPTIONS.map(({ group }) => group))];
  const lines = [
    `.TH P2PSYNC 1 "" ${quoted(`p2psync ${version}`)} "User Commands"`,
    '.SH NAME',
    'p2psync \\- make folders on several machines hold the same things now',
    '.SH SYNOPSIS',
    ...COMMANDS.flatMap(({ name, operands }) => [`.B p2psync ${name}`, escaped(`[options] ${operands}`.trim()), '.br']),
    '.SH DESCRIPTION',
    escaped(
      'One shot, many ways, no server: p2psync once finds every p2psync listen of the same group on the local network, works out the union of all their folders, moves only the bytes that differ, and exits. Nothing is deleted by default, and what was changed on both sides is kept twice.',
    ),
    '.SH COMMANDS',
    ...COMMANDS.flatMap(commandLines),
    '.SH OPTIONS',
    escaped('Before the name of an option stands what it is about; behind it, in brackets, which commands take it.'),
    ...groups.flatMap((group) => [
      `.SS ${quoted(group)}`,
      ...OPTIONS.filter((spec) => spec.group === group).flatMap((spec) => {
        const [left, right] = optionRow(spec);
        return ['.TP', `.B ${escaped(left.trim())}`, escaped(`${right} ${takersOf(spec.name)}`)];
      }),
    ]),
    escaped('What stands behind -- is an operand, whatever it looks like.'),
    '.SH EXIT STATUS',
    ...[...EXIT_MEANINGS].flatMap(([status, meaning]) => ['.TP', `.B ${status}`, escaped(meaning)]),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(([name, meaning]) => ['.TP', `.B ${escaped(name)}`, escaped(meaning)]),
    escaped('An option outweighs its variable, and that outweighs config.json.'),
    '.SH FILES',
    ...FILES.flatMap(([name, meaning]) => ['.TP', `.I ${escaped(name)}`, escaped(meaning)]),
    '.SH SEE ALSO',
    '.BR rsync (1),',
    '.BR unison (1)',
  ];
  return `${lines.join('\n')}\n`;
}

const FILES: readonly (readonly [string, string])[] = [
  [
    '~/.config/p2psync/',
    'keys, the list of joined folders, and config.json: an object of option names without dashes and no-, and their values, such as {"bwlimit": "10MiB", "exclude": ["*.tmp"], "discover": false}',
  ],
  ['~/.local/state/p2psync/', 'what is remembered of each folder; losing it loses no file'],
  ['FOLDER/.p2psyncignore', 'what is not synchronised (gitignore syntax); itself synchronised'],
  ['FOLDER/.p2psync/', 'marker, staging and trash; never synchronised'],
];

function commandLines({ name, operands, summary, description, examples }: CommandSpec): string[] {
  return [
    `.SS ${quoted(`${name} ${operands}`.trim())}`,
    escaped(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`),
    '.PP',
    ...description.split('\n').map(escaped),
    ...examples.flatMap(([line, meaning]) => ['.TP', `.B ${escaped(line)}`, escaped(meaning)]),
  ];
}

function takersOf(name: string): string {
  const spec = OPTIONS.find((option) => option.name === name);
  if (spec === undefined || COMMON_OPTIONS.includes(name)) return '(all commands)';
  return `(${COMMANDS.filter((command) => takes(command, spec))
    .map((command) => command.name)
    .join(', ')})`;
}

/** Backslashes and dashes are roff's own; a dot or a quote at the start of a line would be a request. */
function escaped(text: string): string {
  const plain = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('’', '\\(cq');
  return /^[.']/.test(plain) ? `\\&${plain}` : plain;
}

function quoted(text: string): string {
  return `"${escaped(text).replaceAll('"', '\\(dq')}"`;
}
