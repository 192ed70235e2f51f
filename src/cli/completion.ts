/** `p2psync completion <shell>`: a script for the shell, made from the tables of commands and options. */
import { bashCompletion } from './completion-bash.js';
import { fishCompletion } from './completion-fish.js';
import { zshCompletion } from './completion-zsh.js';
import type { Invocation } from './invocation.js';

export async function run({ operands, out, commands }: Invocation): Promise<number> {
  out.write(SCRIPTS[operands[0] as keyof typeof SCRIPTS](commands));
  return 0;
}

/** parse-arguments.ts lets no other operand through. */
const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;
