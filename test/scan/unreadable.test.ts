import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { childProgram } from '../state/run-in-child.js';

/** Scans as an ordinary user what that user may not read: root could read all, so it becomes `nobody`. */
it('what may not be read keeps its records, and nothing is taken for deleted', { timeout: 30_000 }, async () => {
  const base = fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-unreadable-'));
  onTestFinished(() => fs.rmSync(base, { recursive: true, force: true }));
  const run = await childProgram(`
    import { randomBytes } from 'node:crypto';
    import fs from 'node:fs';
    import { openRoot } from './src/disk/anchored-root.ts';
    import { createFilter } from './src/scan/filter.ts';
    import { scanFolder, settleMissing } from './src/scan/scan-folder.ts';
    import { openState } from './src/state/lmdb-state.ts';
    const [base] = process.argv.slice(2);
    const folder = base + '/folder';
    for (const d of ['closed/e', 'shut', 'open']) fs.mkdirSync(folder + '/' + d, { recursive: true });
    for (const f of ['closed/x', 'closed/e/y', 'shut/z', 'open/o', 'gone', 'secret']) fs.writeFileSync(folder + '/' + f, f);
    const state = openState(base + '/state', { random: randomBytes });
    const root = openRoot(folder);
    const scan = async () => {
      const result = await scanFolder({ root, state, filter: createFilter({ root }), now: Date.now });
      settleMissing(state, result, { deletes: true });
      const entries = (path) => (state.directory(path) ?? []).flatMap(({ name, kind, size }) => [path + '/' + name + ' ' + kind + ' ' + size, ...entries(path === '' ? name : path + '/' + name)]);
      return { problems: result.problems.map(({ code, path, fatal }) => code + ' ' + path + ' ' + fatal), complete: result.complete, entries: entries('') };
    };
    const before = await scan();
    fs.rmSync(folder + '/gone');
    fs.writeFileSync(folder + '/secret', 'changed');
    fs.mkdirSync(folder + '/new');
    fs.chmodSync(folder + '/closed', 0o000);
    fs.chmodSync(folder + '/shut', 0o644);
    fs.chmodSync(folder + '/new', 0o000);
    fs.chmodSync(folder + '/secret', 0o000);
    if (process.getuid() === 0) {
      fs.chmodSync(base, 0o755);
      process.setgroups([]);
      process.setgid(65534);
      process.setuid(65534);
    }
    const after = await scan();
    console.log(JSON.stringify({ before, after }));
    process.exit(0);
  `);
  const child = await run(base);
  expect(child).toMatchObject({ status: 0 });
  const { before, after } = JSON.parse(child.stdout);
  expect(before).toMatchObject({ problems: [], complete: true });
  expect(after.complete).toBe(false);
  expect(after.problems.sort()).toEqual([
    'unreadable closed true',
    'unreadable new true',
    'unreadable secret true',
    'unreadable shut/z true',
  ]);
  expect(after.entries).toEqual(before.entries.map((line: string) => line.replace('/gone file 4', '/gone absent 0')));
});
