/** `p2psync send`: takes files into the folder, then a run for these paths alone (docs/DESIGN.md, "Send"). */
import { randomBytes } from 'node:crypto';
import { openStage } from '../apply/stage.js';
import { type TakenIn, takeIn } from '../apply/take-in.js';
import { openRoot } from '../disk/anchored-root.js';
import type { JoinedFolder } from '../group/joined-folder.js';
import type { Emit, Summary } from '../model/event.js';
import { SyncError } from '../model/sync-error.js';
import { createFilter } from '../scan/filter.js';
import { exactly } from '../scan/only-patterns.js';
import { withDeadline } from './deadline.js';
import { lockFolder } from './lock-folder.js';
import { once } from './once.js';
import type { RunOptions } from './run-options.js';

export interface Sending {
  readonly folder: JoinedFolder;
  /** Absolute. */
  readonly files: readonly string[];
  /** Told of each file once it stands in the folder. */
  readonly onTaken: (file: string, taken: TakenIn) => void;
}

/** Ends as {@link once} does. Throws `usage` for a file that cannot be sent; those before it are in the folder then. */
export async function send(sending: Sending, options: RunOptions, emit: Emit, signal: AbortSignal): Promise<Summary> {
  const paths = await takeAll(sending, options, signal);
  return once(sending.folder, { ...options, only: paths.map(exactly) }, emit, signal);
}

async function takeAll({ folder, files, onTaken }: Sending, options: RunOptions, signal: AbortSignal) {
  const limit = withDeadline(signal, options.maxTime, folder);
  const lock = await lockFolder(folder.stateDir, options.lock, limit.signal);
  const root = openRoot(folder.root);
  const stage = openStage(root, { random: randomBytes, now: Date.now });
  try {
    const filter = createFilter({ root });
    const paths = new Set<TakenIn['path']>();
    for (const file of files) {
      const taken = await takeIn(stage, file, options);
      if (filter.isIgnored(taken.path, 'file')) {
        throw new SyncError('usage', `${file} is left out by .p2psyncignore: it is in the folder, and was not sent`);
      }
      onTaken(file, taken);
      paths.add(taken.path);
    }
    return [...paths];
  } finally {
    stage.close();
    root.close();
    lock.release();
    limit.end();
  }
}
