/** `p2psync rotate`. */
import { rotate } from '../group/rotate.js';
import { oneFolder } from './folders.js';
import type { Invocation } from './invocation.js';
import { note, showInvite } from './show-invite.js';

export async function run(invocation: Invocation): Promise<number> {
  const { invite, folders } = rotate(oneFolder(invocation), invocation.groups);
  note(invocation, `the group has a new key, taken by ${folders.join(', ')}`);
  showInvite(invocation, invite);
  note(invocation, 'members with the old invite are shut out until they run p2psync join with this one');
  return 0;
}
