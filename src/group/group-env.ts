/**
 * Where this user's p2psync keeps things, built once by the command line and passed down, so that nothing
 * below reads the process environment. (XDG base directories; docs/DESIGN.md, "State")
 */
import path from 'node:path';

export interface GroupEnv {
  readonly home: string;
  /** Keys and the list of joined folders: `$XDG_CONFIG_HOME/p2psync`. */
  readonly configDir: string;
  /** Base of every folder's state: `$XDG_STATE_HOME/p2psync`. */
  readonly stateDir: string;
  /** Who key files must belong to; undefined where the system has no such numbers (Windows). */
  readonly uid: number | undefined;
}

export interface GroupEnvSource {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** `--state-dir`: goes before the environment. */
  readonly stateDir?: string | undefined;
}

export function groupEnv({ variables, home, stateDir }: GroupEnvSource): GroupEnv {
  return {
    home,
    configDir: chosen(variables.P2PSYNC_CONFIG_DIR) ?? underXdg(variables.XDG_CONFIG_HOME, home, '.config'),
    stateDir:
      chosen(stateDir) ??
      chosen(variables.P2PSYNC_STATE_DIR) ??
      underXdg(variables.XDG_STATE_HOME, home, '.local/state'),
    uid: process.getuid?.(),
  };
}

function chosen(directory: string | undefined): string | undefined {
  return directory === undefined || directory === '' ? undefined : path.resolve(directory);
}

/** The specification has relative values ignored: they would mean another place in every directory. */
function underXdg(base: string | undefined, home: string, fallback: string): string {
  const usable = base !== undefined && path.isAbsolute(base);
  return path.join(usable ? base : path.join(home, fallback), 'p2psync');
}
