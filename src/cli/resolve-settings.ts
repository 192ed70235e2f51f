/** Settings from what was given, in this order: option, environment, config file, default. */
import path from 'node:path';
import type { CommandSpec } from './command-spec.js';
import { configSettings } from './config-file.js';
import type { Environment } from './invocation.js';
import { OPTIONS } from './option-table.js';
import { readOption } from './parse-arguments.js';
import { DEFAULTS, type Settings } from './settings.js';
import { usageError } from './usage-error.js';

export interface SettingsSource {
  readonly command: CommandSpec;
  readonly given: Partial<Settings>;
  readonly env: Environment;
  readonly cwd: string;
  /** Where config.json may be. */
  readonly configDir: string;
}

export function resolveSettings({ command, given, env, cwd, configDir }: SettingsSource): Settings {
  const merged = { ...DEFAULTS, ...configSettings(configDir, command), ...environmentSettings(env), ...given };
  return { ...merged, ...placesOf(merged, cwd), ...backupOf(merged) };
}

/** Empty variables count as unset, as the shell's `VAR= command` has it. */
function environmentSettings(env: Environment): Partial<Settings> {
  const found: Record<string, unknown> = {};
  for (const spec of OPTIONS) {
    const text = spec.env === undefined ? undefined : env[spec.env];
    if (text !== undefined && text !== '') found[spec.setting] = readOption(spec, [text], spec.env as string);
  }
  return found as Partial<Settings>;
}

function placesOf({ keyFile, stateDir, logFile, inviteFile, folder }: Settings, cwd: string): Partial<Settings> {
  const absolute = (place: string | undefined) => (place === undefined ? undefined : path.resolve(cwd, place));
  return {
    keyFile: absolute(keyFile),
    stateDir: absolute(stateDir),
    logFile: absolute(logFile),
    folder: absolute(folder),
    inviteFile: inviteFile === '-' ? inviteFile : absolute(inviteFile),
  };
}

/** A name below `.p2psync/backup`: on the folder's own disk, and never synchronised. */
function backupOf({ backup }: Settings): Partial<Settings> {
  if (backup === undefined) return {};
  const parts = backup.split('/').filter((part) => part !== '');
  if (!backup.startsWith('/') && parts.every((part) => part !== '.' && part !== '..' && part !== '.p2psync')) {
    return { backup: parts.join('/') };
  }
  throw usageError(
    `--backup: expected a name for a directory in .p2psync/backup, such as --backup=2024, got ${JSON.stringify(backup)}`,
  );
}
