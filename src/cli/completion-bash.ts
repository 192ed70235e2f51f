/** The completion script for bash 4 and later. It needs no package: `bash-completion` may be there or not. */
import type { CommandSpec } from './command-spec.js';
import { type Completable, operandTaken, valueTaken } from './completable.js';
import { flagOf, OPTIONS, type OptionSpec } from './option-table.js';
import { takes } from './takes.js';

export function bashCompletion(commands: readonly CommandSpec[]): string {
  const names = commands.map(({ name }) => name);
  return `# p2psync for bash: eval "$(p2psync completion bash)" in ~/.bashrc
_p2psync() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= options= i
  # Bash splits --lock=skip in three.
  if [[ $cur == = ]]; then cur=
  elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in ${names.join('|')}) command=\${COMP_WORDS[i]}; break ;; esac
  done
  case $prev in
${OPTIONS.flatMap(valueCase).join('\n')}
  esac
  case $command in
${commands.map((command) => `    ${command.name}) options='${optionsOf(command).join(' ')}' ;;`).join('\n')}
    *) options='--help --version' ;;
  esac
  if [[ $cur == -* ]]; then ${reply('-W "$options"')}; return; fi
  case $command in
    '') ${reply(`-W '${names.join(' ')} help'`)} ;;
${commands.flatMap(operandCase).join('\n')}
  esac
}
complete -F _p2psync p2psync
`;
}

/** `compgen` prints one candidate a line; names with spaces stay whole. */
function reply(what: string): string {
  return `mapfile -t COMPREPLY < <(compgen ${what} -- "$cur")`;
}

function action(what: Completable): string {
  switch (what.kind) {
    case 'words':
      return reply(`-W '${what.words.join(' ')}'`);
    case 'files':
      return `compopt -o filenames 2>/dev/null; ${reply('-f')}`;
    case 'directories':
      return `compopt -o filenames 2>/dev/null; ${reply('-d')}`;
    case 'free':
      return ':';
  }
}

function valueCase(spec: OptionSpec): string[] {
  const value = valueTaken(spec);
  return value === undefined ? [] : [`    ${flagOf(spec)}) ${action(value)}; return ;;`];
}

function operandCase(command: CommandSpec): string[] {
  const operand = operandTaken(command);
  return operand === undefined ? [] : [`    ${command.name}) ${action(operand)} ;;`];
}

function optionsOf(command: CommandSpec): string[] {
  return OPTIONS.filter((spec) => takes(command, spec)).flatMap((spec) =>
    spec.short === undefined ? [flagOf(spec)] : [`-${spec.short}`, flagOf(spec)],
  );
}
