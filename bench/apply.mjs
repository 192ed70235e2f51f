/**
 * What applying a small file costs: microseconds a file, time and processor, in several ways, on the temporary directory's disk and
 * on /dev/shm. `node bench/apply.mjs [files]`; with `--one WAY DISK` one way only, for strace -c.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { build } from 'esbuild';

const METADATA = { mtime: 1_763_845_200_123_457, mode: 0o644 };
/** Files staged before they are installed, as a group of the transfer is. */
const GROUP = 256;
const DIRECTORIES = 200;

const apply = await loadApply();

/** Each makes `files` files below a fresh folder. */
const WAYS = {
  'plain open, write, close': (folder, files) => {
    for (const [name, content] of files) {
      const fd = fs.openSync(`${folder}/${name}`, 'wx');
      fs.writeSync(fd, content);
      fs.closeSync(fd);
    }
  },
  'plain, with mode and mtime': (folder, files) => {
    for (const [name, content] of files) {
      const fd = fs.openSync(`${folder}/${name}`, 'wx');
      fs.writeSync(fd, content);
      fs.fchmodSync(fd, METADATA.mode);
      fs.futimesSync(fd, METADATA.mtime / 1e6, METADATA.mtime / 1e6);
      fs.closeSync(fd);
    }
  },
  'staged, rename onto a name checked absent (unsafe)': (folder, files) =>
    withStage(folder, (root, stage) => {
      for (const [name, content] of files) {
        const staged = stage.fromBytes(content, METADATA);
        if (fs.lstatSync(root.at(name), { throwIfNoEntry: false }) === undefined) {
          fs.renameSync(root.at(staged.path), root.at(name));
        }
        staged.stat();
        staged.placed();
      }
    }),
  'staged and installed one by one': (folder, files) =>
    withStage(folder, (root, stage) => {
      for (const [name, content] of files) {
        apply.installFile(root, name, stage.fromBytes(content, METADATA), METADATA, undefined);
      }
    }),
  'staged and installed in groups': (folder, files) => withStage(folder, (root, stage) => inGroups(root, stage, files)),
  'in groups, installed again (replacement)': (folder, files) => {
    WAYS['staged and installed in groups'](folder, files);
    return () => withStage(folder, (root, stage) => replaceAll(root, stage, files));
  },
  'in groups, with fsync': (folder, files) =>
    withStage(folder, async (root, stage) => {
      for (let i = 0; i < files.length; i += GROUP) {
        const group = files.slice(i, i + GROUP);
        const staged = group.map(([, content]) => stage.fromBytes(content, METADATA));
        await stage.syncAll(staged);
        group.forEach(([name], j) => {
          apply.installFile(root, name, staged[j], METADATA, undefined);
        });
        for (const directory of new Set(group.map(([name]) => name.slice(0, name.indexOf('/'))))) {
          apply.syncDirectory(root, directory);
        }
      }
    }),
  'in groups, two worker threads': (folder, files) => inWorkers(folder, files, 2),
};

if (!isMainThread) {
  const { folder, files } = workerData;
  withStage(folder, (root, stage) => inGroups(root, stage, files));
} else if (process.argv[2] === '--one') await measure(process.argv[3], process.argv[4], 2_000);
else await table(Number(process.argv[2] ?? 20_000));

async function table(count) {
  for (const disk of [os.tmpdir(), '/dev/shm']) {
    console.log(
      `\n${disk}: ${count} files of 80 B to 16 KiB in ${DIRECTORIES} directories; µs a file: time, processor`,
    );
    for (const way of Object.keys(WAYS)) {
      const runs = [];
      for (let i = 0; i < 3; i++) runs.push(await measure(way, disk, count));
      const best = (key) => Math.min(...runs.map((run) => run[key]));
      console.log(way.padEnd(52), best('wall').toFixed(1).padStart(8), best('cpu').toFixed(1).padStart(8));
    }
  }
}

async function measure(way, disk, count) {
  const folder = fs.mkdtempSync(path.join(disk, 'p2psync-bench-'));
  for (let i = 0; i < DIRECTORIES; i++) fs.mkdirSync(`${folder}/d${i}`);
  const files = contents(count);
  try {
    let run = () => WAYS[way](folder, files);
    if (way.includes('again')) run = await run();
    const start = performance.now();
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    return { wall: ((performance.now() - start) * 1000) / count, cpu: (user + system) / count };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

function contents(count) {
  const pool = randomBytes(16 * 1024);
  return Array.from({ length: count }, (_, i) => [
    `d${Math.floor((i * DIRECTORIES) / count)}/file-${i}`,
    pool.subarray(0, 80 + ((i * 7919) % (16 * 1024 - 80))),
  ]);
}

function inGroups(root, stage, files) {
  for (let i = 0; i < files.length; i += GROUP) {
    const group = files.slice(i, i + GROUP);
    const staged = group.map(([, content]) => stage.fromBytes(content, METADATA));
    group.forEach(([name], j) => {
      apply.installFile(root, name, staged[j], METADATA, undefined);
    });
  }
}

function replaceAll(root, stage, files) {
  for (const [name, content] of files) {
    const expected = apply.localStatOf(fs.lstatSync(root.at(name)));
    apply.installFile(root, name, stage.fromBytes(content, METADATA), METADATA, expected);
  }
}

async function inWorkers(folder, files, count) {
  const share = Math.ceil(files.length / count);
  const workers = Array.from({ length: count }, (_, i) => {
    const own = files.slice(i * share, (i + 1) * share);
    return new Worker(fileURLToPath(import.meta.url), { workerData: { folder, files: own } });
  });
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve))));
}

function withStage(folder, work) {
  const root = apply.openRoot(folder);
  const stage = apply.openStage(root, { random: randomBytes, now: Date.now });
  const close = () => {
    stage.close();
    root.close();
  };
  const result = work(root, stage);
  if (result instanceof Promise) return result.finally(close);
  close();
}

async function loadApply() {
  const source = fileURLToPath(new URL('../src/', import.meta.url));
  const lines = [
    `export { openRoot } from '${source}disk/anchored-root.ts';`,
    `export { localStatOf } from '${source}disk/local-stat.ts';`,
    `export { openStage } from '${source}apply/stage.ts';`,
    `export { installFile } from '${source}apply/install.ts';`,
    `export { syncDirectory } from '${source}apply/directory.ts';`,
  ];
  const outfile = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-bench-')), 'apply.mjs');
  const stdin = { contents: lines.join('\n'), resolveDir: source, loader: 'ts' };
  await build({ stdin, bundle: true, platform: 'node', format: 'esm', outfile, packages: 'external' });
  try {
    return await import(outfile);
  } finally {
    fs.rmSync(path.dirname(outfile), { recursive: true });
  }
}
