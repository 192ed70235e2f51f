/**
 * `p2psync service`: how this computer starts p2psync by itself. Prints, and changes nothing: a script to read and to
 * pipe into sh, or lines for crontab. All paths are absolute, because what starts it has no PATH and no directory.
 */
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { findRecord } from '../group/joined-folder.js';
import { describeError } from './expected-error.js';
import { folderPaths, oneFolder } from './folders.js';
import type { Invocation } from './invocation.js';
import { cronLines } from './service-cron.js';
import { launchdScript } from './service-launchd.js';
import type { Program } from './service-program.js';
import { systemdScript } from './service-systemd.js';
import { note } from './show-invite.js';

export async function run(invocation: Invocation): Promise<number> {
  const { settings, out } = invocation;
  const program = programOf(invocation);
  if (program.node.includes('/_npx/') || program.script.includes('/_npx/')) {
    note(invocation, 'this p2psync lies in a cache of npx, which may go away: run `npm install -g p2psync` first');
  }
  const missing = whatIsMissing(invocation);
  if (missing !== undefined)
    note(invocation, `until that is mended, what is started will end with status 20: ${missing}`);
  out.write(SCRIPTS[settings.kind ?? kindHere()](program));
  return 0;
}

/** Why nothing would be synchronised yet; a key file makes the folder a member when it is started. */
function whatIsMissing(invocation: Invocation): string | undefined {
  const { operands, settings, groups } = invocation;
  try {
    if (operands.length === 0) folderPaths(invocation);
    else if (settings.keyFile === undefined) findRecord(oneFolder(invocation), groups);
    return undefined;
  } catch (error) {
    return describeError(error).message;
  }
}

const SCRIPTS = { systemd: systemdScript, launchd: launchdScript, cron: cronLines } as const;

function programOf({ operands, cwd, settings, env }: Invocation): Program {
  const folder = operands[0] === undefined ? undefined : path.resolve(cwd, operands[0]);
  const own = ['P2PSYNC_CONFIG_DIR', 'P2PSYNC_STATE_DIR', 'XDG_CONFIG_HOME', 'XDG_STATE_HOME'] as const;
  return {
    node: process.execPath,
    script: realpathSync(process.argv[1] ?? ''),
    arguments: [
      ...(settings.keyFile === undefined ? [] : ['--key-file', settings.keyFile]),
      ...(settings.stateDir === undefined ? [] : ['--state-dir', settings.stateDir]),
      ...(folder === undefined ? [] : ['--', folder]),
    ],
    variables: own.flatMap((name) => (env[name] ? [[name, env[name]] as const] : [])),
  };
}

function kindHere(): keyof typeof SCRIPTS {
  if (process.platform === 'darwin') return 'launchd';
  return existsSync('/run/systemd/system') ? 'systemd' : 'cron';
}
