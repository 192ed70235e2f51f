/** The commands: what they take, what they say of themselves, where their code is (loaded when it is needed). */
import type { CommandSpec } from './command-spec.js';

const NETWORK = [
  'interface',
  'port',
  'exclude',
  'bwlimit',
  'compress',
  'reuse',
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

/** Of a comparison whose result is a page. */
const REPORTING = SEEKING.filter((name) => name !== 'json' && name !== 'lock');

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
    exits: [20],
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
    exits: [20],
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
    options: [...SEEKING, 'dry-run', 'conflict', 'delete', 'max-delete', 'backup'],
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
    options: [...NETWORK, 'allow-from', 'allow-delete', 'max-delete', 'read-only', 'backup'],
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
    name: 'send',
    operands: '[file...]',
    summary: 'put files into the folder of every peer',
    description:
      "Copies the files into the folder of this group, beside what is there and never over it, then into every peer's: a\n" +
      'run of `once` for these files alone. A file that lies in the folder already is sent as it is. Without a file, on a\n' +
      'terminal: shows the current directory and lets you choose. With several joined folders, --folder says which.',
    options: [...SEEKING.filter((name) => name !== 'only' && name !== 'exclude'), 'to', 'folder'],
    exits: [20, 21, 22, 23, 27, 28, 30],
    examples: [
      ['p2psync send film.mkv', 'into the folder of every peer that listens'],
      ['p2psync send --to nas film.mkv', 'into that of one; the others get it with the next `once`'],
      ['p2psync send', 'choose from the current directory'],
    ],
    load: () => import('./send.js'),
  },
  {
    name: 'peers',
    operands: '[folder]',
    summary: 'who answers: name, address, round trip, entries, equal or not',
    description:
      'Finds every peer that listens for the same group and shows what it has. Changes nothing anywhere. Without a folder:\n' +
      'every folder that was joined.',
    options: SEEKING,
    exits: [20, 21, 22, 23, 28, 30],
    examples: [
      ['p2psync peers', 'of every joined folder'],
      ['p2psync peers --json ~/Photos', 'one JSON object a peer'],
    ],
    load: () => import('./peers.js'),
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
  {
    name: 'report',
    operands: '[folder...]',
    summary: 'a page to look at: who has what, what differs, what the last runs did',
    description:
      'Compares as `check` does and writes one self-contained HTML page: what is equal, missing or different on each peer,\n' +
      'conflicts and the commands that settle them, and the last runs. Without peers the page shows what is remembered.\n' +
      'The page goes to FILE, to standard output where that is no terminal, else to a new temporary file, which it names.\n' +
      'Changes nothing. Ends as `check` does. Without a folder: every folder that was joined.',
    options: [...REPORTING, 'output'],
    exits: [1, 20, 21, 22, 23, 28, 30],
    examples: [
      ['p2psync report ~/Photos', 'make the page and say where it is'],
      ['p2psync report -q -o /var/www/photos.html', 'for cron: every joined folder on one page'],
    ],
    load: () => import('./report.js'),
  },
  {
    name: 'doctor',
    operands: '[folder]',
    summary: 'why are there no peers? finds out, and names the command that mends it',
    description:
      'Looks at what keeps peers apart: network interfaces and their broadcasts, the echo of an own probe, the port, the\n' +
      'firewall, the clock, Node, the folder and its file system, and the peers of earlier runs. Changes nothing.',
    options: ['interface', 'port', 'timeout', 'connect-timeout', 'json', 'discover-time'],
    exits: [1],
    examples: [
      ['p2psync doctor', 'look at this computer and every joined folder'],
      ['p2psync doctor --json ~/Photos', 'one JSON object a finding'],
    ],
    load: () => import('./doctor.js'),
  },
  {
    name: 'service',
    operands: '[folder]',
    summary: 'print systemd units, a launchd agent or a cron line',
    description:
      'Prints a shell script that sets p2psync up to listen always and to run `once` every quarter of an hour, with absolute\n' +
      'paths; read it, then pipe it into sh. For cron: the lines for `crontab -e`. Without a folder: every joined one.',
    options: ['kind', 'key-file'],
    exits: [],
    examples: [
      ['p2psync service', 'for what this computer has: systemd, launchd or cron'],
      ['p2psync service ~/Photos | sh', 'set it up'],
      ['p2psync service --kind cron', 'lines for `crontab -e`'],
    ],
    load: () => import('./service.js'),
  },
  {
    name: 'completion',
    operands: '<shell>',
    choices: ['bash', 'zsh', 'fish'],
    summary: 'print the completion script for bash, zsh or fish',
    description: 'Prints a script that lets the shell complete commands, options and their values.',
    options: [],
    exits: [],
    examples: [
      ['eval "$(p2psync completion bash)"', 'a line for ~/.bashrc'],
      ['eval "$(p2psync completion zsh)"', 'a line for ~/.zshrc, after compinit'],
      ['p2psync completion fish | source', 'a line for ~/.config/fish/config.fish'],
    ],
    load: () => import('./completion.js'),
  },
];

export function commandNamed(name: string): CommandSpec | undefined {
  return COMMANDS.find((command) => command.name === name);
}
