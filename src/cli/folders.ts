/** Which folders a command is about. */
import path from 'node:path';
import { joinedFolders } from '../group/folder-record.js';
import type { JoinedFolder } from '../group/joined-folder.js';
import { openFolder } from '../group/open-folder.js';
import { SyncError } from '../model/sync-error.js';
import type { Invocation } from './invocation.js';

/** For commands about one folder: the one that was named, else the current directory. */
export function oneFolder({ operands, cwd }: Invocation): string {
  return path.resolve(cwd, operands[0] ?? '.');
}

/** For runs: the folders that were named, else every joined one, but never the current directory by accident. */
export function folderPaths({ operands, cwd, groups, command }: Invocation): string[] {
  if (operands.length > 0) return [...new Set(operands.map((operand) => path.resolve(cwd, operand)))];
  const joined = joinedFolders(groups);
  if (joined.length > 0) return joined.map(({ root }) => root);
  const verb = VERBS[command.name] ?? 'work on';
  throw new SyncError(
    'not-joined',
    `no folder was joined, so there is nothing to ${verb}: run \`p2psync init FOLDER\` for a new group, or \`p2psync join FOLDER\` with an invite`,
  );
}

/** Opens a folder; with --key-file, one that was named and never joined is joined by that. */
export function openNamed(folder: string, { operands, settings, groups }: Invocation): JoinedFolder {
  return openFolder(folder, groups, operands.length > 0 ? { keyFile: settings.keyFile } : {});
}

const VERBS: Readonly<Record<string, string>> = {
  once: 'synchronise',
  listen: 'answer for',
  check: 'compare',
  status: 'tell',
  report: 'report',
};
