/** `once` and `check` over folders, one after the other: opens each, runs the engine, tells its end. */
import path from 'node:path';
import type { RunOptions } from '../converge/run-options.js';
import { Tally } from '../converge/tally.js';
import type { JoinedFolder } from '../group/joined-folder.js';
import type { Emit, PeerSummary, Summary, SyncEvent } from '../model/event.js';
import { chooseReporter, type Stream } from '../report/choose-reporter.js';
import type { Reporter, SummaryEvent } from '../report/reporter.js';
import { EXIT_BUG, statusOfAll, statusOfError, statusOfSummary } from './exit-status.js';
import { describeError } from './expected-error.js';
import { failedSummary } from './failed-summary.js';
import { bugText } from './failure-text.js';
import { folderPaths, openNamed } from './folders.js';
import type { Invocation } from './invocation.js';
import { withoutInvites } from './usage-error.js';

export type Engine = (folder: JoinedFolder, options: RunOptions, emit: Emit, signal: AbortSignal) => Promise<Summary>;

/** What a command adds to the runs of its folders. */
export interface RunExtras {
  /** Where results are told, if not on standard output. */
  readonly out?: Stream;
  /** After each run, with its folder's path. */
  ended?(folder: string, summary: SummaryEvent): Promise<void>;
}

export async function runFolders(
  invocation: Invocation,
  command: 'once' | 'check',
  engine: Engine,
  { out = invocation.out, ended }: RunExtras = {},
): Promise<number> {
  const { settings, interruption, err, env, clock } = invocation;
  const folders = folderPaths(invocation);
  const reporter = await chooseReporter({ ...settings, colour: settings.color }, { out, err, env, clock });
  const statuses: number[] = [];
  try {
    for (const folder of folders) {
      const summary = await runFolder(invocation, command, engine, reporter, folder);
      reporter.event(summary);
      statuses.push(summary.exit);
      await ended?.(folder, summary);
      if (interruption.status() !== undefined) break;
    }
  } finally {
    reporter.close();
  }
  return interruption.status() ?? statusOfAll(statuses);
}

/** A failure ends this folder's run, never those of the others. */
async function runFolder(
  invocation: Invocation,
  command: 'once' | 'check',
  engine: Engine,
  reporter: Reporter,
  folder: string,
): Promise<SummaryEvent> {
  const { settings, interruption, clock } = invocation;
  const started = clock();
  const { dryRun } = settings;
  const run = new Watched(reporter);
  try {
    const summary = await engine(openNamed(folder, invocation), settings, run.tally.emit, interruption.signal);
    const outcome = { summary, fatal: run.tally.fatal, dryRun, failOnConflict: settings.conflict === 'fail' };
    return { type: 'summary', ...summary, dryRun, exit: interruption.status() ?? statusOfSummary(outcome) };
  } catch (error) {
    const { code, message } = describeError(error);
    if (code === 'bug') invocation.err.write(bugText(error, settings.verbose));
    return failedSummary({
      command,
      folder: path.basename(folder),
      seconds: (clock() - started) / 1000,
      dryRun,
      exit: interruption.status() ?? (code === 'bug' ? EXIT_BUG : skips(code, settings) ? 0 : statusOfError(code)),
      error: { code, message: withoutInvites(message) },
      figures: run.tally.figures,
      peers: run.peers,
    });
  }
}

/** `--lock skip`: that another run is at work is as good as having run. */
function skips(code: string, { lock }: RunOptions): boolean {
  return code === 'locked' && lock === 'skip';
}

/** Passes a run's events on and keeps what a summary needs in case the engine gives none. */
class Watched {
  readonly peers: PeerSummary[] = [];
  readonly tally: Tally;

  constructor(reporter: Reporter) {
    this.tally = new Tally((event: SyncEvent) => {
      if (event.type === 'summary') return; // told once, with the exit status
      if (event.type === 'peer') {
        const { name, address, replica, equal } = event;
        this.peers.push({ name, address, replica, equal });
      }
      reporter.event(event);
    });
  }
}
