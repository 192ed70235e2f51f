/** `p2psync init`: standard output carries the invite alone, standard error what to do with it. */
import { initFolder } from '../group/join.js';
import { shellWord } from '../group/shell-word.js';
import { oneFolder } from './folders.js';
import type { Invocation } from './invocation.js';
import { note, showInvite } from './show-invite.js';

export async function run(invocation: Invocation): Promise<number> {
  const { folder, invite } = initFolder(oneFolder(invocation), invocation.groups);
  note(invocation, `made a new group with ${folder.root} as its first member`);
  showInvite(invocation, invite);
  note(
    invocation,
    `on each other machine: p2psync join FOLDER && p2psync listen FOLDER; then here: p2psync once ${shellWord(folder.root)}`,
  );
  return 0;
}
