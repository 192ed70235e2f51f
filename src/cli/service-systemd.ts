/** Units of the user's systemd: one that listens, one that runs once, and a timer for it. */
import { type Program, saved, wordsOf } from './service-program.js';

const DIRECTORY = '~/.config/systemd/user';

/** A script that writes and starts them. */
export function systemdScript(program: Program): string {
  return `#!/bin/sh
# p2psync for systemd: read this, then \`p2psync service | sh\`. Undo: systemctl --user disable --now p2psync-listen
# p2psync-once.timer. So that it also runs while you are not logged in: loginctl enable-linger
set -e
mkdir -p ${DIRECTORY}
${saved(DIRECTORY, 'p2psync-listen.service', listenUnit(program))}
${saved(DIRECTORY, 'p2psync-once.service', onceUnit(program))}
${saved(DIRECTORY, 'p2psync-once.timer', TIMER)}
systemctl --user daemon-reload
systemctl --user enable --now p2psync-listen.service p2psync-once.timer
`;
}

function listenUnit(program: Program): string {
  return `[Unit]
Description=p2psync answers peers
After=network-online.target

[Service]
${environment(program)}ExecStart=${execLine(wordsOf(program, 'listen'))}
SuccessExitStatus=143
Restart=on-failure
RestartSec=30
NoNewPrivileges=yes

[Install]
WantedBy=default.target
`;
}

/** Status 27 cannot come (--lock skip); 21, nobody answered, is no failure of this computer. */
function onceUnit(program: Program): string {
  return `[Unit]
Description=p2psync makes folders equal

[Service]
Type=oneshot
${environment(program)}ExecStart=${execLine(wordsOf(program, 'once', '-q', '--lock', 'skip'))}
SuccessExitStatus=21
Nice=10
NoNewPrivileges=yes
`;
}

const TIMER = `[Unit]
Description=p2psync every quarter of an hour

[Timer]
OnCalendar=*:0/15
RandomizedDelaySec=60
Persistent=yes

[Install]
WantedBy=timers.target
`;

function environment({ variables }: Program): string {
  return variables.map(([name, value]) => `Environment=${word(`${name}=${value}`)}\n`).join('');
}

function execLine(words: readonly string[]): string {
  return words.map((text) => word(text).replaceAll('$', '$$$$')).join(' ');
}

/** systemd.syntax(7) and systemd.unit(5): quotes and backslashes are C's, a percent sign is a specifier. */
function word(text: string): string {
  const plain = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('\n', '\\n');
  return /^[\w@/.:=+-]+$/.test(text) ? plain : `"${plain}"`;
}
