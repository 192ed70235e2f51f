/** Runs a command to its end and says what it took: seconds, peak memory, output. Throws if it fails. */
import { spawn } from 'node:child_process';
import { watchMemory } from './peak-memory.mjs';

/**
 * `options`: those of child_process.spawn, with `input` for standard input and `memory: true` to watch memory.
 * Watching costs the measured program some processor time, so time and memory are best taken in runs of their own.
 * @returns {Promise<{ seconds: number, peakBytes: number | undefined, stdout: string, stderr: string }>}
 */
export async function run(command, { input, memory = false, accept = [0], ...options } = {}) {
  const started = performance.now();
  const child = spawn(command[0], command.slice(1), { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
  const watch = memory ? watchMemory(child.pid) : undefined;
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  child.stdin.end(input);
  const status = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  const seconds = (performance.now() - started) / 1000;
  const said = { stdout: stdout(), stderr: stderr() };
  if (!accept.includes(status)) throw failure(command, status, said);
  return { seconds, peakBytes: watch?.(), ...said };
}

function collect(stream) {
  const chunks = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

function failure(command, status, { stdout, stderr }) {
  return new Error(`${command.join(' ')} ended with ${status}\n${stdout.slice(-2000)}${stderr.slice(-2000)}`);
}
