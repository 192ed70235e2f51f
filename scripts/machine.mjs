/**
 * One machine of a demonstration or a measurement: a folder with a configuration and a state of its own, and the
 * built program run for it as a real process, over the command line that docs/JSON.md and README.md describe.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const READY_WITHIN_MS = 15_000;

/**
 * `home`: where its configuration and state go. `enter`: put before each command, to run inside a network namespace.
 * `options` of `once` and `listen` are further command-line arguments. `program`: another build of it.
 */
export function makeMachine({ name, folder, home, enter = [], program = PROGRAM }) {
  fs.mkdirSync(folder, { recursive: true });
  const env = environment(home);
  const command = (args) => [...enter, process.execPath, program, ...args];
  const finish = (args, settings = {}) => runToEnd(command(args), env, settings);
  return {
    name,
    folder,
    init: async () => inviteIn((await finish(['init', folder])).stdout),
    join: (invite) => finish(['join', folder], { input: `${invite}\n` }),
    listen: ({ port, options = [], interface: at = '127.0.0.1' } = {}) =>
      startListener(command(['listen', folder, '--interface', at, ...portOption(port), '--json', ...options]), env),
    /** Asks the listeners at these ports of loopback, and no one else. */
    once: (settings) => runFolder('once', settings),
    /** The same without a line for each change; so there is no summary either. */
    onceSilently: ({ ports, options = [], onStart }) =>
      finish(['once', folder, ...peerOptions(ports), ...options], { onStart }),
    check: (settings) => runFolder('check', settings),
    run: (args, settings) => finish(args, settings),
  };

  async function runFolder(name, { ports, options = [], onStart, onEvent, accept }) {
    const args = [name, folder, ...peerOptions(ports), '--json', ...options];
    const run = await finish(args, {
      onStart,
      onLine: onEvent && ((line, pid) => onEvent(JSON.parse(line), pid)),
      accept,
    });
    const events = run.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    return { ...run, events, summary: events.findLast(({ type }) => type === 'summary') };
  }
}

/** The environment without settings of the person who runs this, so that nothing of theirs is touched. */
function environment(home) {
  const kept = Object.entries(process.env).filter(([key]) => !key.startsWith('P2PSYNC_'));
  const own = {
    P2PSYNC_CONFIG_DIR: path.join(home, 'config'),
    P2PSYNC_STATE_DIR: path.join(home, 'state'),
    NO_COLOR: '1',
  };
  return { ...Object.fromEntries(kept), ...own };
}

function peerOptions(ports) {
  return [...ports.flatMap((port) => ['--peer', `127.0.0.1:${port}`]), '--no-discover'];
}

function portOption(port) {
  return port === undefined ? [] : ['--port', String(port)];
}

function inviteIn(text) {
  const found = /p2psync1-[0-9A-Za-z-]+/.exec(text);
  if (found === null) throw new Error(`expected an invite from p2psync init, got:\n${text}`);
  return found[0];
}

/** Resolves with the output, the exit status and the seconds; rejects with what was said if the status is not accepted. */
function runToEnd(command, env, { input, onStart, onLine, accept = [0] }) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command[0], command.slice(1), { env, stdio: ['pipe', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => (said[name] += text));
    if (onLine) createInterface({ input: child.stdout }).on('line', (line) => onLine(line, child.pid));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const status = code ?? signal;
      const result = { ...said, status, seconds: (performance.now() - started) / 1000 };
      if (accept.includes(status)) resolve(result);
      else reject(new Error(`${command.join(' ')} ended with ${status}\n${said.stdout.slice(-3000)}${said.stderr}`));
    });
    child.stdin.end(input ?? '');
    onStart?.(child.pid);
  });
}

/** A listener that has said `ready`; `events` grows while it runs. */
async function startListener(command, env) {
  const child = spawn(command[0], command.slice(1), { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const events = [];
  let problems = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (problems += text));
  const ended = new Promise((resolve) => child.once('close', resolve));
  const ready = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = JSON.parse(line);
      events.push(event);
      if (event.type === 'ready') resolve(event);
    });
    child.once('error', reject);
    child.once('close', (status) =>
      reject(new Error(`p2psync listen ended with ${status} before it was ready\n${problems}`)),
    );
    setTimeout(
      () => reject(new Error(`p2psync listen was not ready in ${READY_WITHIN_MS} ms\n${problems}`)),
      READY_WITHIN_MS,
    ).unref();
  });
  const stop = () => {
    child.kill('SIGTERM');
    return ended;
  };
  try {
    return { port: (await ready).port, pid: child.pid, events, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
