/**
 * Prepares arguments for cac, whose parser (mri) would turn `010` into 10 and `1e3` into 1000, take `--jsn DIR`
 * as an option with a value, lose a value that begins with a dash and let `--a.b` and `--__proto__` through.
 * Every operand and value gets a NUL in front, which no real argument can contain: so it is no number, no option
 * and never empty. {@link unguard} takes it off again. Operands go first, because cac takes `--dry-run DIR` for an
 * option with a value. Unknown options end here, with a suggestion.
 */
import { flagOf, type OptionSpec } from './option-table.js';
import { didYouMean } from './suggest.js';
import { usageError } from './usage-error.js';

const MARK = '\0';

export interface Guarded {
  /** For cac: the command bare, other operands marked, then options as `--name` or `--name=␀value`; nothing behind `--`. */
  readonly argv: readonly string[];
  /** What stood behind `--`, which cac drops. */
  readonly behind: readonly string[];
  /** The options that were given, for the check against those of the command. */
  readonly given: readonly OptionSpec[];
}

/** The first operand stays bare when `isCommand` knows it. Throws `usage`. */
export function guardArguments(
  argv: readonly string[],
  options: readonly OptionSpec[],
  isCommand: (word: string) => boolean,
): Guarded {
  const end = argv.indexOf('--');
  const before = end < 0 ? argv : argv.slice(0, end);
  const operands: string[] = [];
  const guarded: string[] = [];
  const given: OptionSpec[] = [];
  for (let i = 0; i < before.length; i++) {
    const argument = before[i] as string;
    if (!argument.startsWith('-') || argument === '-') {
      operands.push(operands.length === 0 && isCommand(argument) ? argument : mark(argument));
      continue;
    }
    for (const { spec, attached, shown } of optionsIn(argument, options)) {
      given.push(spec);
      if (spec.takes !== 'value' && spec.takes !== 'optional') {
        if (attached !== undefined) throw usageError(`${shown} takes no value; got ${JSON.stringify(attached)}`);
        guarded.push(flagOf(spec));
      } else if (attached !== undefined || spec.takes === 'optional') {
        guarded.push(`${flagOf(spec)}=${mark(attached ?? '')}`);
      } else {
        i += 1;
        guarded.push(`${flagOf(spec)}=${mark(valueAfter(shown, spec, before[i]))}`);
      }
    }
  }
  return { argv: [...operands, ...guarded], behind: end < 0 ? [] : argv.slice(end + 1), given };
}

export function unguard(value: string): string {
  return value.startsWith(MARK) ? value.slice(MARK.length) : value;
}

function mark(value: string): string {
  return `${MARK}${value}`;
}

interface Found {
  readonly spec: OptionSpec;
  readonly attached: string | undefined;
  /** As it was typed, for messages. */
  readonly shown: string;
}

/** `--name`, `--name=value`, or a cluster of one-letter flags such as `-nv`. */
function optionsIn(argument: string, options: readonly OptionSpec[]): Found[] {
  const equals = argument.indexOf('=');
  const name = equals < 0 ? argument : argument.slice(0, equals);
  const attached = equals < 0 ? undefined : argument.slice(equals + 1);
  if (name.startsWith('--')) {
    const spec = options.find((option) => flagOf(option) === name);
    if (spec === undefined) throw unknownOption(name, options);
    return [{ spec, attached, shown: name }];
  }
  const letters = [...name.slice(1)];
  return letters.map((letter, index) => {
    const spec = options.find((option) => option.short === letter);
    if (spec === undefined) throw unknownOption(letters.length > 1 ? name : `-${letter}`, options);
    return { spec, attached: index === letters.length - 1 ? attached : undefined, shown: `-${letter}` };
  });
}

function unknownOption(name: string, options: readonly OptionSpec[]): Error {
  // `-once` is rather a long option with a dash too few than four short ones.
  const guess = didYouMean(`--${name.replace(/^-+/, '').toLowerCase()}`, options.map(flagOf));
  return usageError(`unknown option ${name}.${guess} \`p2psync --help\` lists what there is`);
}

function valueAfter(shown: string, spec: OptionSpec, next: string | undefined): string {
  if (next === undefined) {
    throw usageError(`${shown} needs a value: ${shown} ${spec.placeholder ?? 'VALUE'}${expectation(spec)}`);
  }
  if (next.startsWith('-') && next !== '-') {
    throw usageError(`${shown} needs a value, but ${next} follows; if that is the value, write ${shown}=${next}`);
  }
  return next;
}

function expectation(spec: OptionSpec): string {
  return spec.read === undefined ? '' : ` (expected ${spec.read.expected})`;
}
