/** `p2psync invite`. */
import { inviteOf } from '../group/rotate.js';
import { oneFolder } from './folders.js';
import type { Invocation } from './invocation.js';
import { showInvite } from './show-invite.js';

export async function run(invocation: Invocation): Promise<number> {
  showInvite(invocation, inviteOf(oneFolder(invocation), invocation.groups));
  return 0;
}
