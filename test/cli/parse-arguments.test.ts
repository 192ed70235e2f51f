import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../src/cli/parse-arguments.js';
import type { Settings } from '../../src/cli/settings.js';
import { SyncError } from '../../src/model/sync-error.js';

function parse(line: string | readonly string[]) {
  const argv = typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line;
  const { command, operands, given } = parseArguments(argv);
  return { command: command?.name, operands, given };
}

function refusal(line: string | readonly string[]): string {
  try {
    parse(line);
  } catch (error) {
    expect(error).toBeInstanceOf(SyncError);
    expect((error as SyncError).code).toBe('usage');
    return (error as SyncError).message;
  }
  throw new Error(`expected ${JSON.stringify(line)} to be refused`);
}

describe('options', () => {
  const cases: readonly [line: string, given: Partial<Settings>][] = [
    ['once', {}],
    ['once -n', { dryRun: true }],
    ['once --dry-run', { dryRun: true }],
    ['once -nqv', { dryRun: true, quiet: true, verbose: true }],
    ['once -v -v', { verbose: true }],
    ['once --peer nas', { peers: ['nas'] }],
    ['once --peer nas --peer 10.0.0.7:22328', { peers: ['nas', '10.0.0.7:22328'] }],
    ['once --no-discover', { discover: false }],
    ['once --min-peers 2', { minPeers: 2 }],
    ['once --discover-time 250ms', { discoverTime: 250 }],
    ['once --discover-time=1.5m', { discoverTime: 90_000 }],
    ['once --timeout 7', { timeout: 7_000 }],
    ['once --max-time 0', { maxTime: 0 }],
    ['once --bwlimit 10MiB', { bwlimit: 10_485_760 }],
    ['once --max-time 24d --discover-time 0', { maxTime: 2_073_600_000, discoverTime: 0 }],
    ['once --conflict newest', { conflict: 'newest' }],
    ['once --delete', { delete: true }],
    ['once --backup', { backup: '' }],
    ['once --backup=old', { backup: 'old' }],
    ['once --port 22328 --port 22329', { port: 22_329 }],
    ['once --exclude *.tmp --only **/*.jpg', { exclude: ['*.tmp'], only: ['**/*.jpg'] }],
    ['once --exclude=-x', { exclude: ['-x'] }],
    ['once --no-fsync --no-color', { fsync: false, color: false }],
    ['once --lock skip --compress never --progress always', { lock: 'skip', compress: 'never', progress: 'always' }],
    ['once --json --log-file run.ndjson', { json: true, logFile: 'run.ndjson' }],
    ['listen --allow-delete --read-only', { allowDelete: true, readOnly: true }],
    ['listen --allow-from 10.1.0.0/16 --allow-from 10.2.0.0/16', { allowFrom: ['10.1.0.0/16', '10.2.0.0/16'] }],
    ['join --invite-file -', { inviteFile: '-' }],
  ];
  it.each(cases)('%s', (line, given) => {
    expect(parse(line).given).toEqual(given);
  });

  it('may stand before the command and between operands', () => {
    expect(parse('--port 22328 once A -n B --json')).toEqual({
      command: 'once',
      operands: ['A', 'B'],
      given: { port: 22_328, dryRun: true, json: true },
    });
  });

  it('never swallow the folder behind a flag', () => {
    for (const flag of ['--json', '-n', '--delete', '--backup', '--no-fsync', '-v']) {
      expect(parse(`once ${flag} Photos`).operands).toEqual(['Photos']);
    }
  });
});

describe('operands and values stay exactly as typed', () => {
  it.each([
    '010',
    '1e3',
    '0x10',
    '5',
    'Infinity',
    'true',
    'false',
    '1_000',
    '.5',
    'a.b',
    'a=b',
    '-',
    '__proto__',
    'ä ö',
    'NaN',
  ])('the folder %j', (name) => {
    expect(parse(['once', name]).operands).toEqual([name]);
  });

  it.each(['010', '1e3', '0x10', 'false', 'a=b', '--x'.slice(1), 'a b'])('the pattern %j', (pattern) => {
    expect(parse(['once', `--exclude=${pattern}`]).given.exclude).toEqual([pattern]);
  });

  it('behind -- everything is an operand', () => {
    expect(parse(['once', 'A', '--', '-n', '--peer', '010', 'once', '--'])).toEqual({
      command: 'once',
      operands: ['A', '-n', '--peer', '010', 'once', '--'],
      given: {},
    });
  });

  it('a folder may be called like a command', () => {
    expect(parse('once listen')).toEqual({ command: 'once', operands: ['listen'], given: {} });
  });

  it('any words, in order, once they stand behind --', () => {
    const word = fc.string({ minLength: 1 }).filter((text) => !text.includes('\0') && !/p2psync1-/i.test(text));
    fc.assert(
      fc.property(fc.array(word), (words) => {
        expect(parse(['once', '--', ...words]).operands).toEqual(words);
      }),
    );
  });

  it('any values of an option that is written with =', () => {
    const word = fc.string({ minLength: 1 }).filter((text) => !text.includes('\0') && !/p2psync1-/i.test(text));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (words) => {
        expect(parse(['once', ...words.map((text) => `--exclude=${text}`)]).given.exclude).toEqual(words);
      }),
    );
  });
});

describe('what is not understood is refused with advice', () => {
  it.each([
    ['onec', 'unknown command "onec". Did you mean `once`?'],
    ['frobnicate', 'unknown command "frobnicate". `p2psync --help`'],
    ['010', 'unknown command "010"'],
    ['once --dry-rum', 'unknown option --dry-rum. Did you mean `--dry-run`?'],
    ['once --dryRun', 'unknown option --dryRun. Did you mean `--dry-run`?'],
    ['once -json', 'Did you mean `--json`?'],
    ['once -x', 'unknown option -x'],
    ['once --__proto__=x', 'unknown option --__proto__'],
    ['once --peer.x=y', 'unknown option --peer.x'],
    ['once --no-json', 'unknown option --no-json'],
    ['once --frobnicate Photos', 'unknown option --frobnicate'],
    ['once --json=yes', '--json takes no value; got "yes"'],
    ['once --port', '--port needs a value: --port N (expected a whole number from 1 to 65535)'],
    ['once --port -n', '--port needs a value, but -n follows; if that is the value, write --port=-n'],
    ['once --port 010', '--port: expected a whole number from 1 to 65535, got "010"'],
    ['once --port 1e3', '--port: expected a whole number from 1 to 65535, got "1e3"'],
    ['once --port 70000', 'from 1 to 65535, got "70000"'],
    ['once --max-time soon', '--max-time: expected a time such as 3s'],
    [
      'once --max-time 25d',
      '--max-time: expected a time such as 3s, 250ms, 1.5m or 2h (a plain number: seconds), at most 24d',
    ],
    ['once --timeout 0', '--timeout: expected a time above 0'],
    ['once --connect-timeout 0s', '--connect-timeout: expected a time above 0'],
    ['once --bwlimit fast', '--bwlimit: expected a size such as 10MiB'],
    ['once --conflict mine', '--conflict: expected one of keep-both, newest, fail, got "mine"'],
    ['once --exclude=', '--exclude: expected something that is not empty, got ""'],
    ['once --allow-delete', '`p2psync once` has no option --allow-delete; `listen` has'],
    ['listen --delete', '`p2psync listen` has no option --delete; `once` has'],
    ['init A B', '`p2psync init` takes one folder, got 2: A, B'],
  ])('%s', (line, message) => {
    expect(refusal(line)).toContain(message);
  });

  it('an empty folder, which an unset variable in a script leaves', () => {
    expect(refusal(['once', ''])).toContain('unset variable');
  });
});

describe('an invite among the arguments', () => {
  const invite = 'p2psync1-04000G-40R40M';
  it.each([
    [['join', invite]],
    [['join', '.', `--invite=${invite}`]],
    [['join', '--invite-file', invite]],
    [[invite]],
    [['once', '--', invite.toUpperCase()]],
  ])('is refused with the reason and never repeated: %j', (argv) => {
    const message = refusal(argv);
    expect(message).toContain('never taken from the arguments');
    expect(message).toContain('--invite-file');
    expect(message.toLowerCase()).not.toContain('04000g');
  });
});

describe('help and version', () => {
  it.each([
    ['--help', { command: undefined, given: { help: true } }],
    ['-h', { command: undefined, given: { help: true } }],
    ['once --help', { command: 'once', given: { help: true } }],
    ['--help once', { command: 'once', given: { help: true } }],
    ['help once', { command: 'once', given: { help: true } }],
    ['help', { command: undefined, given: { help: true } }],
    ['--version', { command: undefined, given: { version: true } }],
    ['-V', { command: undefined, given: { version: true } }],
    ['', { command: undefined, given: {} }],
  ])('%j', (line, expected) => {
    expect(parse(line)).toMatchObject(expected);
  });

  it('an unknown topic is refused', () => {
    expect(refusal('help onec')).toContain('Did you mean `once`?');
  });
});
