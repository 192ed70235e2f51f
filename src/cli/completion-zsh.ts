/** The completion script for zsh: sourced after `compinit`, or saved as `_p2psync` in a directory of `$fpath`. */
import type { CommandSpec } from './command-spec.js';
import { type Completable, operandTaken, valueTaken } from './completable.js';
import { flagOf, OPTIONS, type OptionSpec } from './option-table.js';
import { takes } from './takes.js';

export function zshCompletion(commands: readonly CommandSpec[]): string {
  return `#compdef p2psync
# p2psync for zsh: eval "$(p2psync completion zsh)" in ~/.zshrc, after compinit
_p2psync() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a commands=(
${commands.map(({ name, summary }) => `        ${quoted(`${name}:${escaped(summary)}`)}`).join('\n')}
      )
      _describe -t commands 'command' commands
      ;;
    argument)
      case $line[1] in
${commands.map(commandCase).join('\n')}
      esac
      ;;
  esac
}
if [[ $funcstack[1] == _p2psync ]]; then _p2psync "$@"; else compdef _p2psync p2psync; fi
`;
}

function commandCase(command: CommandSpec): string {
  const options = OPTIONS.filter((spec) => takes(command, spec)).map(optionSpec);
  const operand = operandTaken(command);
  const many = command.operands.includes('...') ? '*' : '1';
  const operands =
    operand === undefined ? [] : [quoted(`${many}:${command.operands.replace(/\W/g, '')}:${action(operand)}`)];
  return `        ${command.name}) _arguments -s ${['', ...options, ...operands].join(' \\\n          ')} ;;`;
}

/** `'(-n --dry-run)'{-n,--dry-run}'[about]'`, `'*--peer=[about]:HOST:'`. */
function optionSpec(spec: OptionSpec): string {
  const value = valueTaken(spec);
  const rest = `${value === undefined ? '' : '='}[${escaped(spec.about)}]${value === undefined ? '' : `:${escaped(spec.placeholder ?? 'VALUE')}:${action(value)}`}`;
  if (spec.short !== undefined) {
    return `'(-${spec.short} ${flagOf(spec)})'{-${spec.short},${flagOf(spec)}}${quoted(rest)}`;
  }
  return quoted(`${spec.repeat === true ? '*' : ''}${flagOf(spec)}${rest}`);
}

function action(what: Completable): string {
  switch (what.kind) {
    case 'words':
      return `(${what.words.join(' ')})`;
    case 'files':
      return '_files';
    case 'directories':
      return '_directories';
    case 'free':
      return ' ';
  }
}

/** Brackets and colons have a meaning of their own in a description. */
function escaped(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
