/** The commands: what they take, what they say of themselves, where their code is (loaded when it is needed). */
import type { Invocation } from './invocation.js';

export interface CommandSpec {
  readonly name: string;
  /** As in the usage line: `[folder...]`. */
  readonly operands: '' | '[folder]' | '[folder...]';
  readonly summary: string;
  readonly description: string;
  /** Names of its options in option-table.ts, without those that all commands take. */
  readonly options: readonly string[];
  /** Exit statuses that it can end with, besides 0, 2, 70, 130 and 143. */
  readonly exits: readonly number[];
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  load(): Promise<CommandModule>;
}

export interface CommandModule {
  /** Does it and returns the exit status; throws SyncError. */
  run(invocation: Invocation): Promise<number>;
}

/** Options that every command takes. */
export const COMMON_OPTIONS: readonly string[] = ['quiet', 'verbose', 'no-color', 'state-dir', 'help', 'version'];

const NETWORK = [
  'interface',
  'port',
  'exclude',
  'bwlimit',
  'compress',
  'timeout',
  'no-fsync',
  'json',
  'log-file',
  'key-file',
];
const SEEKING = [
  ...NETWORK,
  'peer',
  'no-discover',
  'min-peers',
  'discover-time',
  'only',
  'connect-timeout',
  'max-time',
  'lock',
  'progress',
];

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'init',
    operands: '[folder]',
    summary: 'make a group for this folder and print its invite',
    description:
      'Makes a new group with this folder as its first member and prints the invite for the others. The invite is\n' +
      'the key of the group: whoever has it can read and change everything in the folder. Standard output carries\n' +
      'the invite alone. Without a folder: the current directory.',
    options: [],
    exits: [],
    examples: [
      ['p2psync init ~/Photos', 'make the group and show the invite'],
      ['p2psync init ~/Photos > invite.txt', 'keep the invite in a file (and protect it)'],
    ],
    load: () => import('./init.js'),
  },
  {
    name: 'join',
    operands: '[folder]',
    summary: 'join a group with its invite',
    description:
      'Makes this folder a member of a group. The invite is asked for on the terminal, read from standard input where\n' +
      'that is no terminal, or from --invite-file. It is never taken from the arguments, which `ps` and the shell\n' +
      "history would show. The folder's name and place need not be those of the other members.",
    options: ['invite-file', 'key-file'],
    exits: [],
    examples: [
      ['p2psync join ~/Photos', 'asks for the invite'],
      ['p2psync join /srv/pics --invite-file invite.txt', 'reads it from a file'],
      ['ssh nas p2psync invite Photos | p2psync join ~/Photos', 'takes it from another member'],
    ],
    load: () => import('./join.js'),
  },
  {
    name: 'invite',
    operands: '[folder]',
    summary: 'print the invite again',
    description: 'Prints the invite of the group that this folder belongs to. It is the key of the group.',
    options: [],
    exits: [20],
    examples: [['p2psync invite ~/Photos', 'print the invite']],
    load: () => import('./invite.js'),
  },
  {
    name: 'rotate',
    operands: '[folder]',
    summary: 'new secret for the group; members need the new invite',
    description:
      'Makes a new secret for the group and prints the new invite. Members that still have the old one are shut out\n' +
      'until they join again with it: this is how a lost laptop is removed.',
    options: [],
    exits: [20],
    examples: [['p2psync rotate ~/Photos', 'then `p2psync join` with the new invite on each member that stays']],
    load: () => import('./rotate.js'),
  },
  {
    name: 'leave',
    operands: '[folder]',
    summary: 'leave the group; files stay',
    description: 'Makes this folder forget its group and key. The files in it stay as they are.',
    options: [],
    exits: [20],
    examples: [['p2psync leave ~/Photos', 'forget the group']],
    load: () => import('./leave.js'),
  },
  {
    name: 'once',
    operands: '[folder...]',
    summary: 'find peers, converge, exit',
    description:
      'Finds every peer that listens for the same group, makes all their folders and this one hold the same, moves only\n' +
      'the bytes that differ, and exits. Nothing is deleted without --delete; a file changed on both sides is kept\n' +
      'twice. Without a folder: every folder that was joined.',
    options: [...SEEKING, 'dry-run', 'conflict', 'delete', 'backup'],
    exits: [1, 20, 21, 22, 23, 26, 27, 28, 30],
    examples: [
      ['p2psync once ~/Photos', 'converge with every peer on the network'],
      ['p2psync once -n ~/Photos', 'show what would change'],
      ['p2psync once --peer nas.example.org --no-discover', 'one peer, across a router'],
      ['*/15 * * * *  p2psync once -q --lock skip', 'a cron line: silent unless something is wrong'],
    ],
    load: () => import('./once.js'),
  },
  {
    name: 'listen',
    operands: '[folder...]',
    summary: 'answer for these folders until SIGTERM or SIGINT',
    description:
      'Answers peers that run `p2psync once` or `check`, until it gets SIGTERM or SIGINT. It watches nothing and starts\n' +
      'nothing by itself. Without a folder: every folder that was joined, never the current directory by accident.',
    options: [...NETWORK, 'allow-from', 'allow-delete', 'read-only', 'backup'],
    exits: [20, 22, 30],
    examples: [
      ['p2psync listen', 'answer for every joined folder'],
      ['p2psync listen --read-only /srv/pics', 'give but never take'],
    ],
    load: () => import('./listen.js'),
  },
  {
    name: 'check',
    operands: '[folder...]',
    summary: 'are all peers’ folders equal to this one? changes nothing',
    description:
      'Compares this folder with those of all peers and says what differs. Changes nothing anywhere. Ends with 0 when all\n' +
      'are equal, 1 when something differs, 21 when no peer answered: never "equal" with nobody to compare with.',
    options: SEEKING,
    exits: [1, 20, 21, 22, 23, 27, 28, 30],
    examples: [
      ['p2psync check ~/Photos', 'list what differs'],
      ['p2psync check -q && echo all equal', 'for scripts'],
    ],
    load: () => import('./check.js'),
  },
  {
    name: 'status',
    operands: '[folder]',
    summary: 'what this replica knows, without the network',
    description:
      'Shows what this replica remembers: entries, bytes, the last run, peers, conflict copies and trash. Asks nobody and\n' +
      'reads no file content. Without a folder: every folder that was joined.',
    options: ['json'],
    exits: [20],
    examples: [['p2psync status ~/Photos', 'show it']],
    load: () => import('./status.js'),
  },
];

export function commandNamed(name: string): CommandSpec | undefined {
  return COMMANDS.find((command) => command.name === name);
}
