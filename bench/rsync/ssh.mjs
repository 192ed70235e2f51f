/** An OpenSSH server of one's own on loopback, with keys made for it alone, for rsync over ssh with AES-GCM. */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { run } from '../measure/run.mjs';
import { untilItAnswers } from './until-it-answers.mjs';

const PORT = 10_822;
const SERVER = '/usr/sbin/sshd';

/** Why it cannot be measured here, or undefined. */
export function whyNoSsh() {
  return fs.existsSync(SERVER)
    ? undefined
    : `rsync over ssh was not measured: ${SERVER} is not here (Debian: openssh-server)`;
}

/** `rsync`, `network`, `work`, `serve`: as for the daemon. */
export async function startSsh({ rsync, network, work, serve }) {
  const [hostKey, userKey] = ['host', 'user'].map((name) => path.join(work, `ssh-${name}-key`));
  for (const key of [hostKey, userKey]) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  fs.mkdirSync('/run/sshd', { recursive: true });
  const settings = [
    `ListenAddress=127.0.0.1:${PORT}`,
    `HostKey=${hostKey}`,
    `AuthorizedKeysFile=${userKey}.pub`,
    'StrictModes=no',
    'UsePAM=no',
    'PermitRootLogin=yes',
    `PidFile=${path.join(work, 'sshd.pid')}`,
  ].flatMap((setting) => ['-o', setting]);
  const command = [...network.enter, SERVER, '-D', '-f', '/dev/null', ...settings];
  const child = spawn(command[0], command.slice(1), { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const quiet = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR'];
  const ssh = ['ssh', '-p', PORT, '-i', userKey, '-c', 'aes128-gcm@openssh.com', ...quiet];
  const pull = (to) =>
    run([
      ...[...network.enter, ...rsync, '-a', '-e', ssh.join(' '), `--rsync-path=${rsync.join(' ')}`],
      ...[`root@127.0.0.1:${serve}/`, `${to}/`],
    ]);
  await untilItAnswers(() => run([...network.enter, ...ssh.map(String), 'root@127.0.0.1', 'true']));
  return {
    pull,
    stop: () => {
      child.kill();
      return ended;
    },
  };
}
