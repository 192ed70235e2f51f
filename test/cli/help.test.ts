import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.js';
import { EXIT_MEANINGS } from '../../src/cli/exit-status.js';
import { commandHelp, programHelp } from '../../src/cli/help.js';
import { OPTIONS } from '../../src/cli/option-table.js';
import { parseArguments } from '../../src/cli/parse-arguments.js';
import { DEFAULTS } from '../../src/cli/settings.js';
import { COMMON_OPTIONS } from '../../src/cli/takes.js';

it('the program names every command, every exit status and the first steps', () => {
  const help = programHelp();
  for (const { name, summary } of COMMANDS) {
    expect(help).toContain(`  ${name} `);
    expect(help).toContain(summary);
  }
  for (const [status, meaning] of EXIT_MEANINGS) expect(help).toContain(`${status}  ${meaning}`);
  expect(help).toContain('FIRST STEPS');
  expect(help).toContain('P2PSYNC_KEY_FILE');
});

describe.each(COMMANDS.map((command) => [command.name, command] as const))('%s', (_, command) => {
  const help = commandHelp(command);

  it('has usage, each of its options, exit statuses and examples', () => {
    for (const part of ['USAGE', 'OPTIONS', 'EXIT STATUS', 'EXAMPLES']) expect(help).toContain(part);
    for (const name of [...command.options, ...COMMON_OPTIONS]) expect(help).toContain(`--${name}`);
    for (const status of command.exits) expect(help).toContain(EXIT_MEANINGS.get(status));
    for (const [line] of command.examples) expect(help).toContain(line);
  });

  it('fits a terminal of 160 columns and has no trailing spaces', () => {
    for (const line of help.split('\n')) {
      expect(line.length).toBeLessThanOrEqual(160);
      expect(line).not.toMatch(/\s$/);
    }
  });

  it('tells the default of an option once', () => {
    for (const line of help.split('\n')) expect(line.match(/\(default/g)?.length ?? 0).toBeLessThanOrEqual(1);
  });

  it('has examples that parse', () => {
    for (const [line] of command.examples) {
      const words =
        line
          .slice(line.lastIndexOf('p2psync '))
          .split(/ [>|&]|\)/)[0]
          ?.split(' ')
          .slice(1) ?? [];
      expect(() => parseArguments(words)).not.toThrow();
    }
  });

  it('only names options that there are', () => {
    const names = OPTIONS.map(({ name }) => name);
    for (const name of command.options) expect(names).toContain(name);
  });
});

describe('the table of options', () => {
  it('has each name, short name and setting once', () => {
    const unique = (values: readonly unknown[]) => expect(new Set(values).size).toBe(values.length);
    unique(OPTIONS.map(({ name }) => name));
    unique(OPTIONS.flatMap(({ short }) => short ?? []));
    unique(OPTIONS.map(({ setting }) => setting));
  });

  it('covers every setting, and every option is taken by some command', () => {
    expect(new Set(OPTIONS.map(({ setting }) => setting))).toEqual(new Set(Object.keys(DEFAULTS)));
    for (const { name } of OPTIONS) {
      expect(COMMON_OPTIONS.includes(name) || COMMANDS.some(({ options }) => options.includes(name))).toBe(true);
    }
  });
});
