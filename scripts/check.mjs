/**
 * `make check`: runs every script of package.json that is named `check:…`, two at a time, shows the output of those
 * that fail, and writes build/checks.json for the tally. Arguments select checks by name.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const AT_ONCE = 2;

const chosen = process.argv.slice(2);
const { scripts } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
const waiting = Object.keys(scripts)
  .filter((name) => name.startsWith('check:'))
  .map((name) => name.slice('check:'.length))
  .filter((name) => chosen.length === 0 || chosen.includes(name));
const results = [];

await Promise.all(Array.from({ length: AT_ONCE }, runNext));
fs.mkdirSync(path.join(root, 'build'), { recursive: true });
fs.writeFileSync(path.join(root, 'build/checks.json'), JSON.stringify(results, null, 2));
process.exitCode = results.length > 0 && results.every(({ passed }) => passed) ? 0 : 1;

async function runNext() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const started = performance.now();
    const { status, output } = await run(scripts[`check:${name}`]);
    const seconds = (performance.now() - started) / 1000;
    const passed = status === 0;
    results.push({ name, passed, seconds });
    console.log(`${passed ? '✓' : '✗'} check ${name} (${seconds.toFixed(1)} s)`);
    if (!passed) console.log(output.replace(/^/gm, '    '));
  }
}

/** The output of a shell command with the project's own tools first in its path. */
function run(command) {
  const bin = path.join(root, 'node_modules/.bin');
  const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}`, NO_COLOR: '1' };
  // Tools that pack the package must not build it again meanwhile: the build came before.
  env.npm_config_ignore_scripts = 'true';
  return new Promise((resolve) => {
    const child = spawn(command, { cwd: root, env, shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('close', (status) => resolve({ status, output: Buffer.concat(chunks).toString() }));
  });
}
