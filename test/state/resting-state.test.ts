/** A state of which nothing is asked for a while gives its map back, and is there again at the next call. */
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stateFile } from '../../src/state/state-file.js';
import { childProgram } from './run-in-child.js';
import { at, entry, named, open, put, stateDirectory } from './state-fixture.js';

function isMapped(directory: string): boolean {
  return fs.readFileSync('/proc/self/maps', 'utf8').includes(stateFile(fs.realpathSync(directory)));
}

/** Bytes of the file that count as memory of this process. */
function mappedMemory(directory: string): number {
  const maps = fs.readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  const ours = maps.filter((map) => map.includes(stateFile(fs.realpathSync(directory))));
  return ours.reduce((sum, map) => sum + Number(/^Rss:\s+(\d+) kB/m.exec(map)?.[1]) * 1024, 0);
}

describe('a resting state', () => {
  it('has the file mapped no longer, and reads and writes as before', async () => {
    const directory = stateDirectory();
    const state = open(directory);
    put(state, '', entry('a'));
    const { replica } = state;
    if (process.platform === 'linux') expect(isMapped(directory)).toBe(true);
    state.rest();
    state.rest();
    if (process.platform === 'linux') expect(isMapped(directory)).toBe(false);
    expect(named(state.directory(at('')))).toEqual(['a']);
    expect(state.replica).toBe(replica);
    state.rest();
    put(state, '', entry('a'), entry('b'));
    const counter = state.tick();
    state.rest();
    expect(state.tick()).toBe(counter + 1);
    await state.close();
    expect(named(open(directory).directory(at('')))).toEqual(['a', 'b']);
  });

  it('sees what another process wrote meanwhile', async () => {
    const directory = stateDirectory();
    const state = open(directory);
    put(state, '', entry('before'));
    state.rest();
    const run = await childProgram(`
      import { randomBytes } from 'node:crypto';
      import { openState } from './src/state/lmdb-state.ts';
      const state = openState(process.argv[2], { random: randomBytes });
      state.update([{ path: '', edit: ([one]) => [{ ...one, name: 'after' }] }]);
      await state.close();
    `);
    expect((await run(directory)).status).toBe(0);
    expect(named(state.directory(at('')))).toEqual(['after']);
  });

  it('that was damaged meanwhile is an error, not a crash, and is replaced at the next open', async () => {
    const directory = stateDirectory();
    const state = open(directory);
    put(state, '', entry('a'));
    state.rest();
    fs.writeFileSync(stateFile(directory), Buffer.alloc(64 * 1024, 7));
    expect(() => state.directory(at(''))).toThrow(expect.objectContaining({ code: 'io' }));
    expect(() => state.tick()).toThrow(expect.objectContaining({ code: 'io' }));
    await state.close();
    expect(open(directory).origin).toBe('replaced');
  });

  it.runIf(process.platform === 'linux')('is one, too, for a moment, when much of it was used', () => {
    const directory = stateDirectory();
    const state = open(directory);
    const many = Array.from({ length: 4_000 }, (_, i) => entry(`${i}`.padStart(240, '0')));
    for (let i = 0; i < 40; i++) put(state, `d-${i}`, ...many);
    const used = mappedMemory(directory);
    for (let i = 0; i < 40; i++) expect(state.directory(at(`d-${i}`))).toHaveLength(many.length);
    expect(fs.statSync(stateFile(directory)).size).toBeGreaterThan(50e6);
    expect(Math.max(used, mappedMemory(directory))).toBeLessThan(40e6);
  });

  it('goes on once the file can be opened again, when it could not be in the middle of its use', () => {
    const directory = stateDirectory();
    const state = open(directory);
    const many = Array.from({ length: 4_000 }, (_, i) => entry(`${i}`.padStart(240, '0')));
    const aside = `${stateFile(directory)}-aside`;
    let failures = 0;
    for (let i = 0; i < 40; i++) {
      fs.renameSync(stateFile(directory), aside); // what is mapped stays so, until it is made anew
      try {
        put(state, `d-${i}`, ...many);
      } catch (error) {
        expect(error).toMatchObject({ code: 'io' });
        expect(() => state.directory(at(''))).toThrow(expect.objectContaining({ code: 'io' }));
        failures++;
      }
      fs.renameSync(aside, stateFile(directory));
      put(state, `d-${i}`, ...many);
    }
    expect(failures).toBeGreaterThan(0);
    expect(state.directory(at('d-39'))).toHaveLength(many.length);
  });

  it('closes without being opened again', async () => {
    const directory = stateDirectory();
    const state = open(directory);
    state.rest();
    fs.rmSync(directory, { recursive: true });
    onTestFinished(() => void fs.mkdirSync(directory, { recursive: true }));
    await expect(state.close()).resolves.toBeUndefined();
  });
});
