/**
 * How long a scan takes: 100,000 small files in 400 directories on a memory disk, first (all is read) and again
 * (nothing changed), beside `find -printf` and rsync's no-op. `node bench/scan.mjs [files]`; `--cpu-prof` works.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const FILES = Number(process.argv[2] ?? 100_000);
const DIRECTORIES = 400;
const RUNS = 5;

const disk = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
const work = fs.mkdtempSync(path.join(disk, 'p2psync-bench-scan-'));
try {
  const { openRoot, openState, createFilter, scanFolder } = await sources();
  const folder = path.join(work, 'folder');
  createFiles(folder);
  const root = openRoot(folder);
  const state = openState(path.join(work, 'state'), { random: randomBytes });
  const scan = async () => {
    const started = performance.now();
    const before = process.cpuUsage();
    const result = await scanFolder({ root, state, filter: createFilter({ root }), now: Date.now });
    const scanned = performance.now();
    const { user, system } = process.cpuUsage(before);
    state.settle();
    const cpu = (user + system) / 1e6;
    return { seconds: (scanned - started) / 1000, cpu, settle: (performance.now() - scanned) / 1000, result };
  };
  const cold = await scan();
  line('first scan', cold.seconds, `${cold.cpu.toFixed(3)} s of processor, ${cold.result.hashedFiles} files read`);
  line('  digests', cold.settle);
  const again = [];
  const floors = [];
  for (let i = 0; i < RUNS; i++) {
    again.push(await scan());
    floors.push(lstatAll(folder)); // in turns, so that a slow minute of the machine hits both alike
  }
  const best = again.reduce((a, b) => (a.seconds < b.seconds ? a : b));
  line(
    'no change',
    best.seconds,
    `${best.cpu.toFixed(3)} s of processor, ${best.result.hashedFiles} files read, best of ${RUNS}`,
  );
  line('  digests', best.settle);
  line('lstat alone', Math.min(...floors), 'readdir and lstat of everything: the floor');
  process.stdout.write(`memory peak        ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB\n`);
  outside('find -printf', 'find', [folder, '-printf', '%s %T@ %C@ %i %m\\n']);
  outside('rsync no-op', 'rsync', ['-a', `${folder}/`, `${path.join(work, 'copy')}/`], true);
  await state.close();
  root.close();
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}

/** The sources as one module, because Node 20 runs no TypeScript. */
async function sources() {
  const repository = path.resolve(import.meta.dirname, '..');
  const outfile = path.join(work, 'scan-bundle.mjs');
  const contents = [
    "export { openRoot } from './src/disk/anchored-root.js';",
    "export { openState } from './src/state/lmdb-state.js';",
    "export { createFilter } from './src/scan/filter.js';",
    "export { scanFolder } from './src/scan/scan-folder.js';",
  ].join('\n');
  await build({
    stdin: { contents, resolveDir: repository, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'error',
  });
  fs.symlinkSync(path.join(repository, 'node_modules'), path.join(work, 'node_modules'));
  return import(pathToFileURL(outfile).href);
}

function createFiles(folder) {
  for (let d = 0; d < DIRECTORIES; d++) {
    const directory = path.join(folder, `directory-${d}`);
    fs.mkdirSync(directory, { recursive: true });
    for (let i = 0; i < FILES / DIRECTORIES; i++) {
      fs.writeFileSync(path.join(directory, `file-${i}.txt`), `content ${d} ${i} `.repeat(20));
    }
  }
}

function lstatAll(folder) {
  const started = performance.now();
  for (const directory of fs.readdirSync(folder)) {
    const prefix = `${folder}/${directory}/`;
    for (const name of fs.readdirSync(prefix)) fs.lstatSync(prefix + name);
  }
  return (performance.now() - started) / 1000;
}

/** `twice`: once to make the copy, then timed. */
function outside(label, command, args, twice = false) {
  if (twice && spawnSync(command, args, { stdio: 'ignore' }).status !== 0) return;
  const started = performance.now();
  try {
    execFileSync(command, args, { stdio: ['ignore', 'ignore', 'ignore'] });
  } catch {
    return;
  }
  line(label, (performance.now() - started) / 1000);
}

function line(label, seconds, note = '') {
  process.stdout.write(`${label.padEnd(18)} ${seconds.toFixed(3)} s  ${note}\n`);
}
