/**
 * Where an invite comes from: a file, a pipe or a person, never an argument or a variable, which other users
 * and the shell's history could see.
 */
import { readFileSync } from 'node:fs';
import type { Invocation, World } from './invocation.js';
import { promptHidden } from './prompt-hidden.js';
import { usageError } from './usage-error.js';

/** Bytes; an invite with comments is far below. */
const INVITE_TEXT_MAX = 4_096;

export async function readInvite(invocation: Invocation): Promise<string> {
  const { inviteFile } = invocation.settings;
  if (inviteFile !== undefined && inviteFile !== '-') return readInviteFile(inviteFile);
  if (invocation.stdin.isTTY === true && inviteFile === undefined) {
    return promptHidden('Invite (it is not shown): ', invocation);
  }
  const text = await readAll(invocation);
  if (text.trim() !== '') return text;
  throw usageError(
    'expected an invite on standard input, got nothing: pipe it in, use --invite-file FILE, or run join in a terminal',
  );
}

function readInviteFile(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw usageError(`--invite-file ${file} cannot be read: ${(error as Error).message}`, error);
  }
  if (text.length <= INVITE_TEXT_MAX) return text;
  throw usageError(`--invite-file ${file}: expected an invite (about 85 characters), got ${text.length}`);
}

async function readAll({ stdin }: Pick<World, 'stdin'>): Promise<string> {
  stdin.setEncoding('utf8');
  let text = '';
  for await (const part of stdin) {
    text += part;
    if (text.length > INVITE_TEXT_MAX) throw usageError('expected an invite on standard input, got far more than one');
  }
  return text;
}
