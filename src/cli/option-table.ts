/**
 * Every option once: how it is written, what it means, how its value is read. Commands name the ones that they
 * take (command-table.ts); parser, config file and `--help` read this table and nothing else.
 */
import { choice, duration, percent, type Reader, size, text, wait, whole } from './option-value.js';
import type { Settings } from './settings.js';

export type OptionGroup = 'Peers' | 'What is synchronised' | 'Behaviour' | 'Limits' | 'Output' | 'Places' | 'Help';

export interface OptionSpec {
  /** Without dashes: `dry-run`. */
  readonly name: string;
  readonly short?: string;
  readonly setting: keyof Settings;
  readonly group: OptionGroup;
  readonly about: string;
  /** `flag` switches on, `off` is written `--no-…` and switches off, `value` takes one, `optional` only as `--x=VALUE`. */
  readonly takes: 'flag' | 'off' | 'value' | 'optional';
  /** For the help: `N`, `3s`. */
  readonly placeholder?: string;
  readonly read?: Reader;
  /** May be given several times; the values add up. */
  readonly repeat?: boolean;
  /** Read from this environment variable when the option is not given. */
  readonly env?: string;
  /** Not to be set in the config file: it is about one run. */
  readonly once?: boolean;
}

/** What `--backup` without a name means: `.p2psync/backup` itself. */
export const BACKUP_DEFAULT = '';

// biome-ignore format: one option a line reads as the table that it is
export const OPTIONS: readonly OptionSpec[] = [
  { name: 'peer', setting: 'peers', group: 'Peers', takes: 'value', placeholder: 'HOST[:PORT]', read: text, repeat: true, about: 'ask this peer directly, where broadcast does not reach' },
  { name: 'no-discover', setting: 'discover', group: 'Peers', takes: 'off', about: 'no broadcast: only the peers given with --peer' },
  { name: 'min-peers', setting: 'minPeers', group: 'Peers', takes: 'value', placeholder: 'N', read: whole(1, 256), about: 'fewer than N peers is exit status 21' },
  { name: 'discover-time', setting: 'discoverTime', group: 'Peers', takes: 'value', placeholder: 'TIME', read: duration, about: 'the most that discovery waits; it ends once every known peer has answered' },
  { name: 'interface', setting: 'interfaces', group: 'Peers', takes: 'value', placeholder: 'NAME|ADDRESS', read: text, repeat: true, about: 'network interface to use (default: all)' },
  { name: 'to', setting: 'to', group: 'Peers', takes: 'value', placeholder: 'NAME', read: text, repeat: true, once: true, about: 'only the peer of this name, as `p2psync peers` shows it' },
  { name: 'allow-from', setting: 'allowFrom', group: 'Peers', takes: 'value', placeholder: 'NETWORK', read: text, repeat: true, about: 'also answer peers from this network, such as 10.1.0.0/16, which --peer there can reach through a router' },
  { name: 'port', setting: 'port', group: 'Peers', takes: 'value', placeholder: 'N', read: whole(1, 65_535), about: 'port of listeners, UDP and TCP' },

  { name: 'only', setting: 'only', group: 'What is synchronised', takes: 'value', placeholder: 'GLOB', read: text, repeat: true, about: 'only paths that match (fast-glob pattern)' },
  { name: 'exclude', setting: 'exclude', group: 'What is synchronised', takes: 'value', placeholder: 'PATTERN', read: text, repeat: true, about: 'not paths that match (gitignore syntax); besides .p2psyncignore' },
  { name: 'delete', setting: 'delete', group: 'What is synchronised', takes: 'flag', about: 'also remove what was deleted here, on peers that allow it; into .p2psync/trash' },
  { name: 'allow-delete', setting: 'allowDelete', group: 'What is synchronised', takes: 'flag', about: 'let an initiator with --delete remove files here (into .p2psync/trash)' },
  { name: 'max-delete', setting: 'maxDelete', group: 'What is synchronised', takes: 'value', placeholder: 'N%', read: percent, about: 'delete nothing where more than N% of the entries would go; up to 10 may, unless they are all' },
  { name: 'read-only', setting: 'readOnly', group: 'What is synchronised', takes: 'flag', about: 'serve this folder but change nothing in it' },
  { name: 'conflict', setting: 'conflict', group: 'What is synchronised', takes: 'value', placeholder: 'keep-both|newest|fail', read: choice('keep-both', 'newest', 'fail'), about: 'what to do with a file changed on both sides' },
  { name: 'backup', setting: 'backup', group: 'What is synchronised', takes: 'optional', placeholder: 'DIR', read: text, about: 'keep what is replaced in .p2psync/backup, or in DIR below it' },

  { name: 'dry-run', short: 'n', setting: 'dryRun', group: 'Behaviour', takes: 'flag', once: true, about: 'change nothing; print what would change' },
  { name: 'lock', setting: 'lock', group: 'Behaviour', takes: 'value', placeholder: 'skip|wait|fail', read: choice('skip', 'wait', 'fail'), about: 'when another run works on the folder' },
  { name: 'kind', setting: 'kind', group: 'Behaviour', takes: 'value', placeholder: 'systemd|launchd|cron', read: choice('systemd', 'launchd', 'cron'), once: true, about: 'what starts p2psync (default: what this computer has)' },
  { name: 'no-fsync', setting: 'fsync', group: 'Behaviour', takes: 'off', about: 'do not wait for the disk: faster, not safe against power loss' },

  { name: 'bwlimit', setting: 'bwlimit', group: 'Limits', takes: 'value', placeholder: 'SIZE', read: size, about: 'bytes a second, such as 10MiB (0: no limit)' },
  { name: 'compress', setting: 'compress', group: 'Limits', takes: 'value', placeholder: 'auto|never', read: choice('auto', 'never'), about: 'compress where the link is the limit, or not at all' },
  { name: 'reuse', setting: 'reuse', group: 'Limits', takes: 'value', placeholder: 'auto|always|never', read: choice('auto', 'always', 'never'), about: 'make new large files of parts of others here: where that is quicker, always, or not at all' },
  { name: 'connect-timeout', setting: 'connectTimeout', group: 'Limits', takes: 'value', placeholder: 'TIME', read: wait, about: 'for the connection to a peer' },
  { name: 'timeout', setting: 'timeout', group: 'Limits', takes: 'value', placeholder: 'TIME', read: wait, about: 'without any progress' },
  { name: 'max-time', setting: 'maxTime', group: 'Limits', takes: 'value', placeholder: 'TIME', read: duration, about: 'for the whole run (0: no limit)' },

  { name: 'quiet', short: 'q', setting: 'quiet', group: 'Output', takes: 'flag', about: 'print nothing unless the exit status is not 0' },
  { name: 'verbose', short: 'v', setting: 'verbose', group: 'Output', takes: 'flag', about: 'print each change and each peer' },
  { name: 'json', setting: 'json', group: 'Output', takes: 'flag', about: 'one JSON object a line (docs/JSON.md)' },
  { name: 'progress', setting: 'progress', group: 'Output', takes: 'value', placeholder: 'auto|always|never', read: choice('auto', 'always', 'never'), about: 'bars on a terminal; always: lines where there is none' },
  { name: 'output', short: 'o', setting: 'output', group: 'Output', takes: 'value', placeholder: 'FILE', read: text, once: true, about: 'write the page to FILE (-: standard output)' },
  { name: 'log-file', setting: 'logFile', group: 'Output', takes: 'value', placeholder: 'FILE', read: text, about: 'append what happens to FILE (NDJSON when it ends in .ndjson, .jsonl or .json)' },
  { name: 'no-color', setting: 'color', group: 'Output', takes: 'off', about: 'no colours (also: NO_COLOR=1)' },

  { name: 'key-file', setting: 'keyFile', group: 'Places', takes: 'value', placeholder: 'FILE', read: text, env: 'P2PSYNC_KEY_FILE', about: "file that holds the group's key; a folder that was not joined is joined with it" },
  { name: 'state-dir', setting: 'stateDir', group: 'Places', takes: 'value', placeholder: 'DIR', read: text, env: 'P2PSYNC_STATE_DIR', about: 'where p2psync remembers the folders' },
  { name: 'folder', setting: 'folder', group: 'Places', takes: 'value', placeholder: 'DIR', read: text, once: true, about: 'the joined folder that the files go into, where there are several' },
  { name: 'invite-file', setting: 'inviteFile', group: 'Places', takes: 'value', placeholder: 'FILE', read: text, once: true, about: 'read the invite from FILE' },

  { name: 'help', short: 'h', setting: 'help', group: 'Help', takes: 'flag', once: true, about: 'show this help' },
  { name: 'version', short: 'V', setting: 'version', group: 'Help', takes: 'flag', once: true, about: 'show the version' },
];

/** As typed: `--dry-run`. */
export function flagOf(spec: OptionSpec): string {
  return `--${spec.name}`;
}
