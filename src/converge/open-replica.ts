/** Opens a joined folder for a run: its root, state and stage, and the rules of what it hides. */
import { randomBytes } from 'node:crypto';
import { openStage } from '../apply/stage.js';
import { openRoot } from '../disk/anchored-root.js';
import type { JoinedFolder } from '../group/joined-folder.js';
import { byteStringOfText } from '../model/byte-string.js';
import { checkPath } from '../model/path-rule.js';
import { createFilter, type Filter } from '../scan/filter.js';
import { openState } from '../state/lmdb-state.js';
import type { Replica } from '../transfer/replica.js';

export interface OpenOptions {
  readonly fsync: boolean;
  readonly backup: string | undefined;
  readonly compress: 'auto' | 'never';
  readonly only: readonly string[];
  readonly exclude: readonly string[];
}

export interface OpenReplica extends Replica {
  readonly filter: Filter;
  close(): Promise<void>;
}

export async function openReplica(folder: JoinedFolder, options: OpenOptions): Promise<OpenReplica> {
  const root = openRoot(folder.root);
  try {
    const state = await openState(folder.stateDir, { random: randomBytes, durable: options.fsync });
    const filter = createFilter({ root, only: options.only, exclude: options.exclude });
    return {
      root,
      state,
      stage: openStage(root, { random: randomBytes, now: Date.now }),
      filter,
      ignores: (path, kind) => filter.hides(path, kind),
      fsync: options.fsync,
      backup: options.backup === undefined ? undefined : checkPath(byteStringOfText(options.backup)),
      compress: options.compress === 'auto',
      close: async () => {
        await state.close();
        root.close();
      },
    };
  } catch (error) {
    root.close();
    throw error;
  }
}
