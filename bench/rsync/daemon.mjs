/** An rsync daemon of one's own inside a network namespace, serving one folder on loopback; no ssh in between. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { run } from '../measure/run.mjs';
import { untilItAnswers } from './until-it-answers.mjs';

const PORT = 10_873;

/**
 * `rsync`: the command, from fetchRsync. `work`: a folder for its configuration. `serve`: what it gives.
 * @returns {{ pull(to: string, options?: string[], measured?: object): Promise<object>, stop(): Promise<void>, pid: number }}
 */
export async function startRsyncDaemon({ rsync, network, work, serve }) {
  const config = path.join(work, 'rsyncd.conf');
  const lines = ['use chroot = no', 'uid = root', 'gid = root', '[served]', `path = ${serve}`, 'read only = yes'];
  fs.writeFileSync(config, `${lines.join('\n')}\n`);
  const command = [
    ...network.enter,
    ...rsync,
    '--daemon',
    '--no-detach',
    '--address=127.0.0.1',
    `--port=${PORT}`,
    `--config=${config}`,
  ];
  const child = spawn(command[0], command.slice(1), { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const pull = (to, options = [], measured = {}) =>
    run(
      [...network.enter, ...rsync, '-a', '--no-whole-file', ...options, `rsync://127.0.0.1:${PORT}/served/`, `${to}/`],
      measured,
    );
  await untilItAnswers(() => run([...network.enter, ...rsync, `rsync://127.0.0.1:${PORT}/`]));
  return {
    pull,
    pid: child.pid,
    stop: () => {
      child.kill();
      return ended;
    },
  };
}
