/** `p2psync status`: what this replica knows, from its records and state alone. */
import { type FolderRecord, joinedFolders } from '../group/folder-record.js';
import { findRecord } from '../group/joined-folder.js';
import { wantsColour } from '../report/choose-reporter.js';
import { screenJson } from '../report/escape.js';
import { statusJson, statusText } from '../report/folder-status.js';
import { paintOf } from '../report/paint.js';
import { folderStatus } from './folder-status.js';
import { folderPaths, oneFolder } from './folders.js';
import type { Invocation } from './invocation.js';

export async function run(invocation: Invocation): Promise<number> {
  const { settings, out, env, clock } = invocation;
  const paint = paintOf(wantsColour(out, { colour: settings.color }, env));
  for (const record of recordsOf(invocation)) {
    const status = await folderStatus(record, invocation.groups);
    const now = clock();
    if (settings.json) out.write(`${screenJson(statusJson(status, new Date(now)))}\n`);
    else for (const line of statusText(status, now, paint)) out.write(`${line}\n`);
  }
  return 0;
}

/** Folders that are away now (unmounted) are told of too. */
function recordsOf(invocation: Invocation): FolderRecord[] {
  if (invocation.operands.length > 0) return [findRecord(oneFolder(invocation), invocation.groups)];
  folderPaths(invocation); // throws when there is none
  return joinedFolders(invocation.groups);
}
