import fs from 'node:fs';
import { expect, it } from 'vitest';
import { inspectState } from '../../src/state/state-file.js';
import { childProgram } from './run-in-child.js';
import { at, entry, named, open, put, stateDirectory } from './state-fixture.js';

const HEAD = `
  import { randomBytes } from 'node:crypto';
  import { openState } from './src/state/lmdb-state.ts';
  const [directory, me] = process.argv.slice(2);
  const state = openState(directory, { random: randomBytes });
`;

it('two processes that edit the same directories lose nothing of each other', { timeout: 60_000 }, async () => {
  const directory = stateDirectory();
  const run = await childProgram(`${HEAD}
    const entry = (name) => ({ name, kind: 'file', size: 0, mtime: 0, mode: 0, digest: 'd'.repeat(32), vector: [['r' + me.repeat(7), 1]], lineage: [] });
    const ticks = [];
    for (let i = 0; i < 60; i++) {
      const name = me + String(i).padStart(3, '0');
      state.update(['', 'd'].map((path) => ({ path, edit: (now) => [...(now ?? []), entry(name)].sort((a, b) => (a.name < b.name ? -1 : 1)) })));
      ticks.push(state.tick());
      if (i % 7 === 0) state.settle();
    }
    console.log(JSON.stringify(ticks));
    await state.close();
  `);
  const [a, b] = await Promise.all([run(directory, 'a'), run(directory, 'b')]);
  expect(a.status).toBe(0);
  expect(b.status).toBe(0);
  const state = open(directory);
  expect(state.directory(at(''))?.length).toBe(120);
  expect(state.directory(at('d'))?.length).toBe(120);
  const ticks = [...(JSON.parse(a.stdout) as number[]), ...(JSON.parse(b.stdout) as number[])];
  expect(new Set(ticks).size).toBe(120);
  expect(state.seen().size).toBe(3);
});

it('sees at once what another process wrote, also when the file grew far beyond its size', async () => {
  const directory = stateDirectory();
  const state = open(directory);
  put(state, '', entry('a'));
  expect(named(state.directory(at('')))).toEqual(['a']);
  const run = await childProgram(`${HEAD}
    state.update([{ path: '', edit: (now) => [...now, { ...now[0], name: 'b' }] }]);
    for (let i = 0; i < 50; i++) state.putSignature(String(i).padEnd(32), Buffer.alloc(1000000));
    state.renew();
    await state.close();
  `);
  const before = state.replica;
  expect(await run(directory, 'x')).toMatchObject({ status: 0 });
  expect(named(state.directory(at('')))).toEqual(['a', 'b']);
  expect(state.replica).not.toBe(before);
  expect(state.signature('49'.padEnd(32) as never)?.length).toBe(1_000_000);
  put(state, '', entry('c'));
  expect(named(state.directory(at('')))).toEqual(['c']);
});

it('is not hurt by a process that is killed in the middle of a transaction', { timeout: 60_000 }, async () => {
  const directory = stateDirectory();
  const state = open(directory);
  put(state, '', entry('a'));
  const run = await childProgram(`${HEAD}
    state.update([
      { path: '', edit: (now) => [] },
      { path: 'd', edit: () => process.kill(process.pid, 'SIGKILL') },
    ]);
  `);
  expect(await run(directory, 'x')).toMatchObject({ signal: 'SIGKILL' });
  expect(named(state.directory(at('')))).toEqual(['a']);
  put(state, '', entry('b')); // the lock was given back
  expect(named(state.directory(at('')))).toEqual(['b']);
});

it('is never taken for damaged while another process writes to it', { timeout: 60_000 }, async () => {
  const directory = stateDirectory();
  put(open(directory), '', entry('a'));
  const run = await childProgram(`${HEAD.replace('random: randomBytes', 'random: randomBytes, durable: false')}
    const entry = (name) => ({ name, kind: 'file', size: 0, mtime: 0, mode: 0, digest: 'd'.repeat(32), vector: [['rbbbbbbb', 1]], lineage: [] });
    const until = Date.now() + 2500;
    for (let i = 0; Date.now() < until; i++) {
      state.update(Array.from({ length: 40 }, (_, n) => ({
        path: 'd' + ((i * 7 + n) % 300),
        edit: () => Array.from({ length: (i + n) % 60 }, (_, k) => entry('f' + String(k).padStart(3, '0'))),
      })));
      if (i % 5 === 0) state.settle();
    }
    await state.close();
  `);
  let running = true;
  const writing = run(directory, 'x').finally(() => {
    running = false;
  });
  const looks: string[] = [];
  while (running) {
    looks.push(inspectState(directory));
    await new Promise(setImmediate);
  }
  expect(await writing).toMatchObject({ status: 0 });
  expect(looks.length).toBeGreaterThan(20);
  expect(new Set(looks)).toEqual(new Set(['found']));
});

it('syncs every transaction to the disk, unless told not to', async () => {
  if (!fs.existsSync('/usr/bin/strace')) return;
  const run = await childProgram(`
    import { randomBytes } from 'node:crypto';
    import { execFileSync, spawn } from 'node:child_process';
    import fs from 'node:fs';
    import { openState } from './src/state/lmdb-state.ts';
    const [directory, durable] = process.argv.slice(2);
    const state = openState(directory, { random: randomBytes, durable: durable === 'true' });
    const log = directory + '/strace';
    const tracer = spawn('strace', ['-f', '-e', 'trace=fdatasync,fsync,msync', '-o', log, '-p', String(process.pid)], { stdio: ['ignore', 'ignore', 'pipe'] });
    await new Promise((resolve) => tracer.stderr.once('data', resolve));
    for (let i = 0; i < 3; i++) state.tick();
    tracer.kill('SIGINT');
    await new Promise((resolve) => tracer.once('close', resolve));
    console.log(fs.readFileSync(log, 'utf8').split('\\n').filter((line) => /sync\\(/.test(line)).length);
    process.exit(0);
  `);
  const durable = await run(stateDirectory(), 'true');
  const quick = await run(stateDirectory(), 'false');
  if (durable.stdout === '') return; // not allowed to trace here
  expect(Number(durable.stdout)).toBeGreaterThanOrEqual(3);
  expect(Number(quick.stdout)).toBe(0);
});
