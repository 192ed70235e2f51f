/**
 * The order of what a run makes durable, read from its system calls: content and metadata, then the name, then the directory,
 * and only then the record in the state. So a power cut leaves no entry in the state whose content is not on the disk.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { at, listening, makeGroup, writeTree } from '../group.js';
import { canTrace, logging, tracedMachine } from './traced-machine.js';

const FILES = { new: 'new', changed: 'changed here', 'directory/below': 'below', mode: 'mode' };

describe.runIf(canTrace)('what an initiator installs', () => {
  test('is fsynced before it has its name, its directory after that, and the state is written last', async () => {
    const calls = await callsOfARun();
    const ends = calls.flatMap((line, i) =>
      /(link|rename)\(.*stage|(link|rename)\("[^"]*\/(file|part)-/.test(line) ? [i] : [],
    );
    expect(ends.length).toBeGreaterThanOrEqual(3);
    for (const end of ends) {
      const [, staged = ''] = /\("[^"]*\/([a-z]+-[^"/]+)"/.exec(calls[end] ?? '') ?? [];
      if (staged.startsWith('guard')) continue;
      const isSynced = (line: string) => /fsync\(/.test(line) && line.includes(`/${staged}>`);
      expect(calls.slice(0, end).some(isSynced), `${staged} is durable before it has its name`).toBe(true);
      const written = calls.findLastIndex((line, i) => i < end && /write/.test(line) && line.includes(`/${staged}>`));
      const synced = calls.findLastIndex((line, i) => i < end && isSynced(line));
      expect(synced, `${staged} is written no more after its fsync`).toBeGreaterThan(written);
      const directory = calls.findIndex((line, i) => i > end && /fsync\(.*machine1(\/directory)?>/.test(line));
      expect(directory, `the directory of ${staged} is durable`).toBeGreaterThan(end);
      const record = calls.findIndex((line, i) => i > end && /(pwrite64|fdatasync)\(.*state\.mdb>/.test(line));
      expect(record, `the state is written after the directory of ${staged}`).toBeGreaterThan(directory);
    }
    const mode = calls.findIndex((line) => /(chmod|fchmodat)\(/.test(line) && line.includes('0640'));
    expect(mode).toBeGreaterThan(0);
    const synced = calls.findIndex((line, i) => i > mode && /fsync\(.*machine1\/mode>/.test(line));
    expect(synced, 'a mode that was set in place is durable').toBeGreaterThan(mode);
  });

  test('is not fsynced with --no-fsync', async () => {
    const calls = await callsOfARun('--no-fsync');
    expect(calls.filter((line) => /f(data)?sync\(.*machine1/.test(line))).toEqual([]);
  });
});

/** The changing calls of a run that takes every kind of file, in their order. */
async function callsOfARun(...options: string[]): Promise<string[]> {
  const { directory, machines } = await makeGroup({ mode: 'mode', changed: 'before' }, {});
  const [one, two] = [at(machines, 0), at(machines, 1)];
  const { port } = await listening(two);
  await one.once({ ports: [port] });
  writeTree(two.folder, FILES);
  fs.chmodSync(path.join(two.folder, 'mode'), 0o640);
  const real = fs.realpathSync(directory);
  const log = path.join(real, 'log');
  await tracedMachine(real, 'machine1', logging(log)).once({ ports: [port], options });
  return fs.readFileSync(log, 'latin1').split('\n');
}
