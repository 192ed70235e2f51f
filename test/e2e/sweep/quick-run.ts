/**
 * `once` within the test's own process, for the runs of a sweep that nothing is done to: most of a short run is starting Node.
 */
import path from 'node:path';
import type { Machine } from '../../../scripts/machine.mjs';
import { once } from '../../../src/converge/once.js';
import { RUN_DEFAULTS } from '../../../src/converge/run-options.js';
import { groupEnv } from '../../../src/group/group-env.js';
import { openFolder } from '../../../src/group/open-folder.js';
import type { Summary, SyncEvent } from '../../../src/model/event.js';

export interface QuickRun {
  /** Undefined when the run as a whole could not be done. */
  readonly summary: Summary | undefined;
  readonly error: unknown;
  readonly events: readonly SyncEvent[];
}

/** A run with `--delete` against the listener at that port; never throws. `directory` is where the machine's home is. */
export async function quickRun(directory: string, machine: Machine, port: number): Promise<QuickRun> {
  const home = path.join(directory, `${machine.name}-home`);
  const variables = { P2PSYNC_CONFIG_DIR: path.join(home, 'config'), P2PSYNC_STATE_DIR: path.join(home, 'state') };
  const options = { ...RUN_DEFAULTS, discover: false, delete: true, peers: [`127.0.0.1:${port}`] };
  const events: SyncEvent[] = [];
  const tell = (event: SyncEvent) => void events.push(event);
  try {
    const folder = openFolder(machine.folder, groupEnv({ variables, home }));
    return { summary: await once(folder, options, tell, new AbortController().signal), error: undefined, events };
  } catch (error) {
    return { summary: undefined, error, events };
  }
}
