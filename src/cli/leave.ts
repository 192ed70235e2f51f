/** `p2psync leave`. */
import { leaveFolder } from '../group/leave.js';
import { oneFolder } from './folders.js';
import type { Invocation } from './invocation.js';
import { note } from './show-invite.js';

export async function run(invocation: Invocation): Promise<number> {
  const { root, keyRemoved, remains } = leaveFolder(oneFolder(invocation), invocation.groups);
  note(invocation, `${root} has left its group; its files stay as they are`);
  if (keyRemoved)
    note(invocation, 'the key of the group was removed from this computer, as no other folder here uses it');
  if (remains) note(invocation, `${root}/.p2psync stays: look through its trash, then remove it if you do not need it`);
  return 0;
}
