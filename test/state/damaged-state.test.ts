import fs from 'node:fs';
import path from 'node:path';
import { open as openLmdb } from 'lmdb';
import { describe, expect, it } from 'vitest';
import { arePagesSound } from '../../src/state/lmdb-pages.js';
import { childProgram } from './run-in-child.js';
import { at, entry, named, open, put, stateDirectory } from './state-fixture.js';

async function filled(): Promise<string> {
  const directory = stateDirectory();
  const state = open(directory);
  const names = Array.from({ length: 40 }, (_, i) => `d${i}`.padEnd(5, '-'));
  put(state, '', ...names.sort().map((name) => entry(name, 'directory')));
  for (const [i, name] of names.entries()) {
    put(state, name, ...Array.from({ length: i * 8 }, (_, k) => entry(`f${String(k).padStart(4, '0')}`)));
  }
  state.settle();
  await state.close();
  return directory;
}

describe('the files of a state', () => {
  it('are private', async () => {
    const directory = path.join(stateDirectory(), 'deep', 'er');
    const old = process.umask(0);
    const state = open(directory);
    process.umask(old);
    put(state, '', entry('a'));
    expect(fs.statSync(directory).mode & 0o777).toBe(0o700);
    for (const file of fs.readdirSync(directory)) {
      expect(fs.statSync(path.join(directory, file)).mode & 0o777, file).toBe(0o600);
    }
  });

  it('are not made where none is expected', () => {
    const directory = path.join(stateDirectory(), 'none');
    expect(() => open(directory, { create: false })).toThrow(expect.objectContaining({ code: 'not-joined' }));
    expect(fs.existsSync(directory)).toBe(false);
  });
});

describe('a state that cannot be used', () => {
  const cases: Record<string, (file: string) => void> = {
    'is text': (file) => fs.writeFileSync(file, 'hello '.repeat(5000)),
    'is zeros': (file) => fs.writeFileSync(file, Buffer.alloc(16384)),
    'is cut in the middle': (file) => fs.truncateSync(file, Math.floor(fs.statSync(file).size / 2)),
    'is cut near its start': (file) => fs.truncateSync(file, 8192),
    'lost its first page': (file) => overwrite(file, 0, Buffer.alloc(4096)),
    'is a directory': (file) => {
      fs.rmSync(file);
      fs.mkdirSync(file);
    },
    'is a symlink': (file) => {
      fs.renameSync(file, `${file}.elsewhere`);
      fs.symlinkSync(`${file}.elsewhere`, file);
    },
  };
  for (const [what, damage] of Object.entries(cases)) {
    it(`because it ${what} is moved aside, and a new one made`, async () => {
      const directory = await filled();
      const before = open(directory);
      const { replica } = before;
      await before.close();
      damage(path.join(directory, 'state.mdb'));
      const state = open(directory);
      expect(state.origin).toBe('replaced');
      expect(state.replica).not.toBe(replica);
      expect(state.directory(at(''))).toBeUndefined();
      expect(fs.existsSync(path.join(directory, 'state.mdb.lost'))).toBe(true);
      put(state, '', entry('a'));
      await state.close();
      const again = open(directory);
      expect(again.origin).toBe('found');
      expect(named(again.directory(at('')))).toEqual(['a']);
    });
  }

  it('because it is somebody else’s is moved aside, too', async () => {
    const directory = stateDirectory();
    const other = openLmdb({ path: path.join(directory, 'state.mdb'), noSubdir: true, overlappingSync: false });
    await other.put('key', 'value');
    await other.close();
    const state = open(directory);
    expect(state.origin).toBe('replaced');
    put(state, '', entry('a'));
    await state.close();
    expect(open(directory).origin).toBe('found');
  });

  it('because a counter was damaged is replaced', async () => {
    const directory = stateDirectory();
    const state = open(directory);
    for (let i = 0; i < 5; i++) state.tick();
    await state.close();
    const file = path.join(directory, 'state.mdb');
    const bytes = fs.readFileSync(file);
    for (let found = bytes.indexOf('mcounter'); found > 0; found = bytes.indexOf('mcounter', found + 1)) {
      const value = found + 'mcounter'.length + 4;
      bytes[value] = (bytes[value] as number) ^ 1;
    }
    fs.writeFileSync(file, bytes);
    expect(open(directory).origin).toBe('replaced');
  });

  it('because one record is damaged loses that one only', async () => {
    const directory = await filled();
    const file = path.join(directory, 'state.mdb');
    const bytes = fs.readFileSync(file);
    const name = 'd9---'; // the largest
    for (let found = bytes.indexOf('f0310'); found > 0; found = bytes.indexOf('f0310', found + 1)) bytes[found] = 0x67;
    fs.writeFileSync(file, bytes);
    const state = open(directory);
    expect(state.origin).toBe('found');
    expect(state.directory(at(name))).toBeUndefined();
    expect(state.directory(at('d8---'))?.length).toBeGreaterThan(100);
    put(state, name, entry('new'));
    expect(named(state.directory(at(name)))).toEqual(['new']);
    expect(state.settle().entries).toBeGreaterThan(1000);
  });

  it('never kills the process, whatever bytes it has', { timeout: 60_000 }, async () => {
    const directory = await filled();
    const run = await childProgram(`
      import fs from 'node:fs';
      import { randomBytes } from 'node:crypto';
      import { openState } from './src/state/lmdb-state.ts';
      const [good, target] = process.argv.slice(2);
      const bytes = fs.readFileSync(good);
      let random = 12345;
      const below = (n) => (random = (random * 1103515245 + 12345) & 0x7fffffff) % n;
      const origins = {};
      for (let round = 0; round < 120; round++) {
        const damaged = Buffer.from(bytes);
        const page = below(bytes.length / 4096) * 4096;
        if (round % 3 === 0) damaged.fill(0, page, page + 4096);
        if (round % 3 === 1) randomBytes(4096).copy(damaged, page);
        if (round % 3 === 2) for (let i = 0; i < 64; i++) damaged[page + below(4096)] ^= 1 << below(8);
        const directory = target + '/' + round;
        fs.mkdirSync(directory);
        fs.writeFileSync(directory + '/state.mdb', round % 10 === 9 ? damaged.subarray(0, below(bytes.length)) : damaged);
        try {
          const state = openState(directory, { random: randomBytes, durable: false });
          for (const { name } of state.directory('') ?? []) state.directory(name);
          state.update([{ path: 'd1---', edit: () => [] }]);
          state.settle();
          state.tick();
          origins[state.origin] = (origins[state.origin] ?? 0) + 1;
          await state.close();
        } catch (error) {
          if (error.code !== 'io') throw error;
          origins.io = (origins.io ?? 0) + 1;
          if (openState(directory, { random: randomBytes }).origin !== 'replaced') throw new Error('not replaced');
        }
      }
      console.log(JSON.stringify(origins));
    `);
    const child = await run(path.join(directory, 'state.mdb'), stateDirectory());
    expect(child).toMatchObject({ status: 0, signal: null });
    const origins = JSON.parse(child.stdout) as Record<string, number>;
    expect(origins.replaced).toBeGreaterThan(10);
    expect(origins.found).toBeGreaterThan(10);
  });
});

describe('the check of pages', () => {
  it('accepts every state that was ever written', () => {
    const directory = stateDirectory();
    const state = open(directory, { durable: false, signaturesMax: 200_000 });
    let random = 4711;
    const below = (n: number): number => {
      random = (random * 1103515245 + 12345) & 0x7fffffff;
      return random % n;
    };
    for (let round = 0; round < 150; round++) {
      const names = Array.from({ length: below(below(8) === 0 ? 800 : 40) }, (_, k) => `f${1000 + k}`);
      if (below(10) === 0) state.update([{ path: at(`d${below(60)}`), edit: () => undefined }]);
      else put(state, `d${below(60)}`, ...names.map((name) => entry(name, 'file', undefined, 'x')));
      if (below(4) === 0) state.putSignature(`${below(50)}`.padEnd(32) as never, Buffer.alloc(below(9000)));
      if (below(6) === 0) state.settle();
      const fd = fs.openSync(path.join(directory, 'state.mdb'), 'r');
      expect(arePagesSound(fd), `round ${round}`).toBe(true);
      fs.closeSync(fd);
    }
  });
});

function overwrite(file: string, position: number, bytes: Buffer): void {
  const fd = fs.openSync(file, 'r+');
  fs.writeSync(fd, bytes, 0, bytes.length, position);
  fs.closeSync(fd);
}
