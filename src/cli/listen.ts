/** `p2psync listen`: one process for all folders, until a signal. */
import { listen } from '../converge/listen.js';
import type { SyncEvent } from '../model/event.js';
import { chooseReporter } from '../report/choose-reporter.js';
import { EXIT_BUG, statusOfError } from './exit-status.js';
import { describeError } from './expected-error.js';
import { failedSummary } from './failed-summary.js';
import { bugText } from './failure-text.js';
import { folderPaths, openNamed } from './folders.js';
import type { Invocation } from './invocation.js';
import { note } from './show-invite.js';
import { withoutInvites } from './usage-error.js';

export async function run(invocation: Invocation): Promise<number> {
  const { settings, interruption, clock } = invocation;
  const folders = folderPaths(invocation).map((folder) => openNamed(folder, invocation));
  const reporter = await chooseReporter({ ...settings, colour: settings.color, progress: 'never' }, invocation);
  const started = clock();
  const end = (exit: number, error: ReturnType<typeof describeError>) => {
    const seconds = (clock() - started) / 1000;
    for (const { label } of folders) {
      reporter.event(failedSummary({ command: 'listen', folder: label, seconds, dryRun: false, exit, error }));
    }
    return exit;
  };
  let isSaid = false;
  const otherPort = (port: number) => {
    if (isSaid) return;
    isSaid = true;
    note(
      invocation,
      `port ${settings.port} is taken by another program: listening at ${port}. Broadcasts find it; --peer needs it: --peer HOST:${port}`,
    );
  };
  try {
    await listen(
      folders,
      settings,
      (event) => {
        if (event.type === 'ready' && event.port !== settings.port) otherPort(event.port);
        if (isTold(event, settings.verbose)) reporter.event(event);
      },
      interruption.signal,
    );
    return end(interruption.status() ?? 0, describeError(interruption.signal.reason));
  } catch (error) {
    const { code, message } = describeError(error);
    if (code === 'bug') invocation.err.write(bugText(error, settings.verbose));
    return end(interruption.status() ?? (code === 'bug' ? EXIT_BUG : statusOfError(code)), {
      code,
      message: withoutInvites(message),
    });
  } finally {
    reporter.close();
  }
}

/** One event a session is what a listener's log bears for months; each change only for who asks. */
function isTold(event: SyncEvent, verbose: boolean): event is Exclude<SyncEvent, { readonly type: 'summary' }> {
  switch (event.type) {
    case 'summary':
      return false;
    case 'ready':
    case 'session':
    case 'problem':
      return true;
    default:
      return verbose;
  }
}
