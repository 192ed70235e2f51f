/** What a shell can complete of an operand or an option's value. */
import type { CommandSpec } from './command-spec.js';
import type { OptionSpec } from './option-table.js';

export type Completable =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'files' }
  | { readonly kind: 'directories' }
  /** Something that only the user knows: a host, a time. */
  | { readonly kind: 'free' };

/** Undefined: the option takes no value behind a space. */
export function valueTaken({ takes, placeholder, read }: OptionSpec): Completable | undefined {
  if (takes !== 'value') return undefined;
  if (read?.choices !== undefined) return { kind: 'words', words: read.choices };
  if (placeholder === 'FILE') return { kind: 'files' };
  if (placeholder === 'DIR') return { kind: 'directories' };
  return { kind: 'free' };
}

export function operandTaken({ operands, choices }: CommandSpec): Completable | undefined {
  if (operands === '') return undefined;
  if (choices !== undefined) return { kind: 'words', words: choices };
  return operands.includes('file') ? { kind: 'files' } : { kind: 'directories' };
}
