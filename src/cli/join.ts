/** `p2psync join`. */
import { joinFolder } from '../group/join.js';
import { readKeyFile } from '../group/key-file.js';
import { shellWord } from '../group/shell-word.js';
import { parseInvite } from '../wire/invite.js';
import type { GroupKey } from '../wire/key-schedule.js';
import { oneFolder } from './folders.js';
import type { Invocation } from './invocation.js';
import { readInvite } from './read-invite.js';
import { note } from './show-invite.js';

export async function run(invocation: Invocation): Promise<number> {
  const key = await keyOf(invocation);
  const { folder, outcome, left } = joinFolder(oneFolder(invocation), key, invocation.groups);
  note(invocation, OUTCOMES[outcome](folder.root));
  for (const root of left)
    note(invocation, `${root} is still in the group with the old key: p2psync join ${shellWord(root)} moves it too`);
  return 0;
}

const OUTCOMES = {
  joined: (root: string) =>
    `${root} has joined the group; p2psync once ${shellWord(root)} makes it equal to the others`,
  already: (root: string) => `${root} is in this group already; nothing was changed`,
  rekeyed: (root: string) =>
    `${root} has taken the group's new key, and so does a p2psync listen that runs: no restart is needed`,
};

async function keyOf(invocation: Invocation): Promise<GroupKey> {
  const { inviteFile, keyFile } = invocation.settings;
  if (inviteFile === undefined && keyFile !== undefined) return readKeyFile(keyFile, invocation.groups);
  return parseInvite(await readInvite(invocation));
}
