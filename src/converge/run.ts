/** What every step of a run shares. */
import type { JoinedFolder } from '../group/joined-folder.js';
import type { RunOptions } from './run-options.js';
import type { Stopwatch } from './stopwatch.js';
import type { Tally } from './tally.js';

export interface Run {
  readonly command: 'once' | 'check';
  readonly folder: JoinedFolder;
  readonly options: RunOptions;
  readonly tally: Tally;
  readonly watch: Stopwatch;
  readonly signal: AbortSignal;
}
