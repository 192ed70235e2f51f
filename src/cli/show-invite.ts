/** An invite on standard output, with the warning that it is the key; and notes beside it. */
import { screenMessage } from '../report/escape.js';
import type { Invocation } from './invocation.js';

/** The warning is not silenced by a pipe, only by -q: who stores the invite must know what it is. */
export function showInvite(invocation: Invocation, invite: string): void {
  invocation.out.write(`${invite}\n`);
  note(
    invocation,
    'this invite is the key of the group: whoever has it can read and change the folder. Hand it on in private',
  );
}

/** A line on standard error; none with -q. */
export function note({ err, settings }: Invocation, text: string): void {
  if (!settings.quiet) err.write(`p2psync: ${screenMessage(text)}\n`);
}
