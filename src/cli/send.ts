/** `p2psync send`: files that were named, or chosen on the terminal, into the folder of every peer. */
import path from 'node:path';
import { send } from '../converge/send.js';
import { joinedFolders } from '../group/folder-record.js';
import { textOf } from '../model/byte-string.js';
import { folderPaths } from './folders.js';
import type { Invocation } from './invocation.js';
import { runFolders } from './run-folders.js';
import { note } from './show-invite.js';
import { usageError } from './usage-error.js';

export async function run(invocation: Invocation): Promise<number> {
  const folder = folderFor(invocation);
  const files = await filesFor(invocation);
  return runFolders({ ...invocation, operands: [folder] }, 'once', (opened, options, emit, signal) => {
    const onTaken: Parameters<typeof send>[0]['onTaken'] = (file, { path: taken, outcome }) => {
      if (outcome !== 'beside') return;
      note(invocation, `${opened.root} has another ${path.basename(file)}: sent as ${textOf(taken)}, beside it`);
    };
    return send({ folder: opened, files, onTaken }, options, emit, signal);
  });
}

function folderFor({ settings, groups, ...rest }: Invocation): string {
  if (settings.folder !== undefined) return settings.folder;
  const [only, ...more] = joinedFolders(groups).map(({ root }) => root);
  if (only !== undefined && more.length === 0) return only;
  if (only === undefined) folderPaths({ settings, groups, ...rest, operands: [] }); // throws: none was joined
  throw usageError(`expected --folder DIR, as several folders were joined: ${[only, ...more].join(', ')}`);
}

async function filesFor(invocation: Invocation): Promise<string[]> {
  const { operands, cwd, stdin, err } = invocation;
  if (operands.length > 0) return operands.map((file) => path.resolve(cwd, file));
  if (stdin.isTTY !== true || err.isTTY !== true) {
    throw usageError(
      'expected files to send: p2psync send FILE...; only a terminal shows the directory to choose from',
    );
  }
  const { pickFiles } = await import('./pick-files.js');
  return pickFiles(invocation);
}
