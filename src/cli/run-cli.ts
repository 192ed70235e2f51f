/** One call of p2psync from arguments to exit status, without a process around it, so that tests can call it. */
import os from 'node:os';
import { groupEnv } from '../group/group-env.js';
import type { Summary } from '../model/event.js';
import { screenJson } from '../report/escape.js';
import { jsonOf } from '../report/json-event.js';
import { COMMANDS } from './command-table.js';
import { EXIT_BUG, statusOfError } from './exit-status.js';
import { describeError } from './expected-error.js';
import { failedSummary } from './failed-summary.js';
import { bugText, errorText } from './failure-text.js';
import { commandHelp, programHelp } from './help.js';
import type { World } from './invocation.js';
import { type ParsedArguments, parseArguments } from './parse-arguments.js';
import { resolveSettings } from './resolve-settings.js';
import { withoutInvites } from './usage-error.js';
import { versionText } from './version.js';

/** `argv` without node and script. Never throws; gives the exit status. */
export async function runCli(argv: readonly string[], world: World): Promise<number> {
  try {
    const parsed = parseArguments(argv);
    return answerAtOnce(parsed, world) ?? (await runCommand(parsed, world));
  } catch (error) {
    return reportFailure(error, argv, world);
  }
}

/** Help and version ask nothing of the world; so does the lack of a command. */
function answerAtOnce({ command, given }: ParsedArguments, { out, err }: World): number | undefined {
  if (given.version === true) {
    out.write(`p2psync ${versionText()}\n`);
    return 0;
  }
  if (given.help === true) {
    out.write(command === undefined ? programHelp() : commandHelp(command));
    return 0;
  }
  if (command !== undefined) return undefined;
  err.write(programHelp());
  return statusOfError('usage');
}

async function runCommand({ command, operands, given }: ParsedArguments, world: World): Promise<number> {
  if (command === undefined) return statusOfError('usage');
  const { env, cwd, out, err, clock, interruption } = world;
  const source = { variables: env, home: env.HOME || os.homedir() };
  const { configDir } = groupEnv(source);
  const settings = resolveSettings({ command, given, env, cwd, configDir });
  const groups = groupEnv({ ...source, stateDir: settings.stateDir });
  const { run } = await command.load();
  return await run({
    env,
    cwd,
    out,
    err,
    clock,
    interruption,
    command,
    commands: COMMANDS,
    operands,
    settings,
    groups,
    get stdin() {
      return world.stdin; // Node opens it when it is looked at, which takes 6 ms
    },
  });
}

/** What no reporter has told: a failure before, or outside, a run. With --json the last line is still a summary. */
function reportFailure(error: unknown, argv: readonly string[], { out, err, interruption, clock }: World): number {
  const { code, message } = describeError(error);
  const exit = interruption.status() ?? (code === 'bug' ? EXIT_BUG : statusOfError(code));
  const verbose = argv.includes('-v') || argv.includes('--verbose');
  if (exit === EXIT_BUG) err.write(bugText(error, verbose));
  else if (interruption.status() === undefined) err.write(errorText(message));
  if (argv.includes('--json')) {
    const command = argv.find((word) => word === 'once' || word === 'check' || word === 'listen') as
      | Summary['command']
      | undefined;
    const said = { code, message: withoutInvites(message) };
    const summary = failedSummary({
      command: command ?? 'once',
      folder: '',
      seconds: 0,
      dryRun: false,
      exit,
      error: said,
    });
    out.write(`${screenJson(jsonOf(summary, new Date(clock())))}\n`);
  }
  return exit;
}
