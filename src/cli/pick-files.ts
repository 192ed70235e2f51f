/** Lets the user choose files of the current directory with the keyboard; typing narrows the list. */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { autocompleteMultiselect, isCancel } from '@clack/prompts';
import { SyncError } from '../model/sync-error.js';
import { screenText } from '../report/escape.js';
import { sizeText } from '../report/quantity.js';
import type { Invocation } from './invocation.js';
import { usageError } from './usage-error.js';

/** Lines of the list; a terminal has 24 at least. */
const SHOWN = 12;

/** Absolute paths, at least one. Ctrl-C and Escape throw `interrupted`. */
export async function pickFiles({ cwd, stdin, err, interruption }: Invocation): Promise<string[]> {
  const files = filesIn(cwd);
  if (files.length === 0) throw usageError(`expected files to choose from, ${cwd} has none: p2psync send FILE...`);
  const chosen = await autocompleteMultiselect({
    message: 'Which files shall go to the peers?',
    options: files.map(({ name, bytes }) => ({ value: name, label: screenText(name), hint: sizeText(bytes) })),
    maxItems: SHOWN,
    required: true,
    input: stdin,
    output: err as unknown as Writable,
    signal: interruption.signal,
  });
  if (isCancel(chosen)) throw new SyncError('interrupted', 'nothing was chosen, nothing was sent');
  return chosen.map((name) => path.join(cwd, name));
}

function filesIn(directory: string): { readonly name: string; readonly bytes: number }[] {
  const names = readdirSync(directory).sort((a, b) => a.localeCompare(b));
  return names.flatMap((name) => {
    const stats = statSync(path.join(directory, name), { throwIfNoEntry: false });
    return stats?.isFile() === true ? [{ name, bytes: stats.size }] : [];
  });
}
