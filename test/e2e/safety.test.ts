/** Safety stops: a folder that is not what it was is no reason to delete anything (docs/SEMANTICS.md). */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Machine } from '../../scripts/machine.mjs';
import { at, endOfAll, openGroup, snapshot, startListening, type Tree, writeTree } from './group.js';
import { messagesOf } from './said.js';

const FILES: Tree = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`file-${i}`, `content ${i}`]));

describe('a folder that is not what it was', () => {
  const atEnd = endOfAll();
  let one: Machine;
  let two: Machine;
  let port: number;

  beforeAll(async () => {
    const { machines } = await openGroup(atEnd, [FILES, {}]);
    [one, two] = [at(machines, 0), at(machines, 1)];
    port = (await startListening(atEnd, two, '--allow-delete')).port;
    await one.once({ ports: [port] });
  });

  const remove = (count: number): void => {
    for (let i = 0; i < count; i++) fs.rmSync(path.join(one.folder, `file-${i}`));
  };
  const deleting = (...options: string[]) =>
    one.once({ ports: [port], options: ['--delete', ...options], accept: [0, 20, 21, 23] });

  test('emptied, with the marker in it: --delete stops before anything, and a plain run brings all back', async () => {
    const before = snapshot(two.folder);
    remove(20);
    const stopped = await deleting();
    expect(stopped.status).toBe(20);
    expect(stopped.stdout).toContain('20 of the 20 entries of');
    expect(snapshot(two.folder)).toEqual(before);
    expect((await one.once({ ports: [port] })).summary).toMatchObject({ converged: true, restored: 20 });
    expect(snapshot(one.folder)).toEqual(before);
  });

  test('half empty: stops above --max-delete, on whichever machine; below it the files go into the trash', async () => {
    const before = snapshot(two.folder);
    remove(12);
    expect((await deleting()).status).toBe(20);
    const refused = await deleting('--max-delete', '80%');
    expect(refused.status).toBe(23);
    expect(messagesOf(refused)).toContain('12 of 20 entries would be deleted here');
    expect(snapshot(two.folder)).toEqual(before);
    const careless = await two.listen({ port: port + 1, options: ['--allow-delete', '--max-delete', '100%'] });
    try {
      const run = await one.once({ ports: [careless.port], options: ['--delete'] });
      expect(run.summary).toMatchObject({ converged: true });
    } finally {
      await careless.stop();
    }
    expect(Object.keys(snapshot(two.folder))).toHaveLength(8);
    expect(fs.readdirSync(path.join(two.folder, '.p2psync/trash'))).toHaveLength(1);
  });

  test('replaced under a listener, by another directory or a symlink: nothing is read from it or written into it', async () => {
    const away = `${two.folder}-away`;
    const before = snapshot(one.folder);
    fs.renameSync(two.folder, away);
    for (const put of [() => fs.mkdirSync(two.folder), () => fs.symlinkSync(away, two.folder)]) {
      put();
      const run = await deleting();
      expect(run.status).toBe(21);
      expect(messagesOf(run)).toContain('is not the folder that was opened');
      fs.rmSync(two.folder, { recursive: true });
    }
    expect((await deleting()).stdout).toContain('is its disk mounted?');
    fs.renameSync(away, two.folder);
    expect(snapshot(one.folder)).toEqual(before);
    expect((await deleting()).summary).toMatchObject({ converged: true });
    expect(snapshot(two.folder)).toEqual(before);
  });

  test('without its marker under a listener: refused until the marker is back', async () => {
    const marker = path.join(two.folder, '.p2psync/folder.json');
    fs.renameSync(marker, `${marker}.away`);
    writeTree(one.folder, { 'new-file': 'new' });
    const run = await deleting();
    expect(run.status).toBe(21);
    expect(messagesOf(run)).toMatch(/marker .* is missing/);
    expect(fs.existsSync(path.join(two.folder, 'new-file'))).toBe(false);
    fs.renameSync(`${marker}.away`, marker);
    expect((await deleting()).summary).toMatchObject({ converged: true });
  });

  test('named through a symlink it is the same folder; a symlink to elsewhere in its place is none', async () => {
    const link = `${one.folder}-link`;
    fs.symlinkSync(one.folder, link);
    const peers = ['--peer', `127.0.0.1:${port}`, '--no-discover'];
    expect((await one.run(['once', link, ...peers])).status).toBe(0);
    fs.renameSync(one.folder, `${one.folder}-away`);
    fs.mkdirSync(`${one.folder}-other`);
    fs.symlinkSync(`${one.folder}-other`, one.folder);
    expect((await one.run(['once', one.folder, ...peers], { accept: [20] })).stderr).toMatch(/in no group|marker/);
    expect(fs.readdirSync(`${one.folder}-other`)).toEqual([]);
    fs.rmSync(one.folder);
    fs.renameSync(`${one.folder}-away`, one.folder);
  });
});
