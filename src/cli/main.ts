/**
 * The program: standard streams, signals and bugs around {@link runCli}. Nothing else in src/ may end the
 * process. (The bundler adds the `#!` line.)
 */
import { collectRarely } from './collect-rarely.js';
import { EXIT_BUG, statusOfAll, statusOfError } from './exit-status.js';
import { bugText, errorText } from './failure-text.js';
import { runCli } from './run-cli.js';
import { watchSignals } from './signals.js';

// Many small files are made durable at once: a third of the time of Node's four threads. Read at their first use.
process.env.UV_THREADPOOL_SIZE ??= '16';
collectRarely();
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
let isIncomplete = false;
for (const stream of [process.stdout, process.stderr]) stream.on('error', missWhatIsLost);

const status = await runCli(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  get stdin() {
    return process.stdin; // opened only by what reads it
  },
  out: process.stdout,
  err: process.stderr,
  clock: Date.now,
  interruption: watchSignals(
    (signal, handler) => process.on(signal, handler),
    (code) => process.exit(code),
  ),
});
await Promise.all([process.stdout, process.stderr].map(flushed));
await new Promise(setImmediate); // a file tells of a failed write a tick later
// Whatever a library still holds open must not keep a cron job alive.
process.exit(isIncomplete ? statusOfAll([status, statusOfError('io')]) : status);

function fail(error: unknown): void {
  process.stderr.write(bugText(error, process.argv.includes('-v') || process.argv.includes('--verbose')));
  process.exit(EXIT_BUG);
}

/**
 * `p2psync check | head`: the reader has seen enough; the run goes on and its exit status counts. A full disk has not:
 * the run, or the listener, goes on as well, but it is told, and a script never takes half the results for all.
 */
function missWhatIsLost(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE' || isIncomplete) return;
  isIncomplete = true;
  process.stderr.write(errorText(`the output cannot be written, what is there is incomplete: ${error.message}`));
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve();
    else stream.write('', () => resolve());
  });
}
