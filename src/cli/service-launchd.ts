/** Agents of macOS's launchd: one that listens, one that runs once every quarter of an hour. */
import { type Program, saved, wordsOf } from './service-program.js';

const DIRECTORY = '~/Library/LaunchAgents';
const SECONDS_BETWEEN = 900;

/** A script that writes and loads them. */
export function launchdScript(program: Program): string {
  const listen = agent(program, 'p2psync.listen', wordsOf(program, 'listen'), '<key>KeepAlive</key>\n  <true/>');
  const once = agent(
    program,
    'p2psync.once',
    wordsOf(program, 'once', '-q', '--lock', 'skip'),
    `<key>StartInterval</key>\n  <integer>${SECONDS_BETWEEN}</integer>`,
  );
  return `#!/bin/sh
# p2psync for launchd: read this, then \`p2psync service | sh\`. Undo: launchctl unload ${DIRECTORY}/p2psync.*.plist
set -e
mkdir -p ${DIRECTORY}
${saved(DIRECTORY, 'p2psync.listen.plist', listen)}
${saved(DIRECTORY, 'p2psync.once.plist', once)}
launchctl load ${DIRECTORY}/p2psync.listen.plist ${DIRECTORY}/p2psync.once.plist
`;
}

function agent({ variables }: Program, label: string, words: readonly string[], when: string): string {
  const set = variables.map(([name, value]) => `    <key>${name}</key>\n    <string>${xml(value)}</string>\n`).join('');
  const environment = set === '' ? '' : `  <key>EnvironmentVariables</key>\n  <dict>\n${set}  </dict>\n`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${label}</string>
  <key>ProgramArguments</key>
  <array>
${words.map((word) => `    <string>${xml(word)}</string>`).join('\n')}
  </array>
${environment}  <key>RunAtLoad</key>
  <true/>
  ${when}
</dict>
</plist>
`;
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
