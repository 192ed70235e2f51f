import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/model/digest.js';
import { lineageOf } from '../../src/model/entry.js';
import type { Name, RelPath } from '../../src/model/path.js';
import { compareVectors } from '../../src/model/version-vector.js';
import { conflictName } from '../../src/plan/conflict-name.js';
import { settleMissing } from '../../src/scan/scan-folder.js';
import { file } from '../plan/entries.js';
import { makeFolder } from './scan-fixture.js';

const TREE = { a: 'one', d: { x: '1', e: { y: '2' } }, k: 'kept' };

describe('a missing path', () => {
  it('is live until it is settled', async () => {
    const folder = makeFolder(TREE);
    await folder.rescan();
    folder.state.settle();
    fs.rmSync(folder.at('a'));
    fs.rmSync(folder.at('d'), { recursive: true });
    const result = await folder.scan();
    expect(result).toMatchObject({ files: 1, missing: 5, changed: 0 });
    expect(folder.entry('a')?.kind).toBe('file');
    expect(settleMissing(folder.state, result, { deletes: false })).toEqual({ absent: 5, deleted: 0 });
    expect(folder.recorded()).toEqual(['a absent', 'd absent', 'd/e absent', 'd/e/y absent', 'd/x absent', 'k file']);
    expect(folder.state.settle()).toMatchObject({ entries: 1, bytes: 4 });
  });

  it('becomes absent without a new version, and keeps its history', async () => {
    const folder = makeFolder(TREE);
    await folder.rescan();
    const before = folder.entry('a');
    fs.rmSync(folder.at('a'));
    await folder.rescan();
    const content = digestOf(Buffer.from('one'));
    expect(folder.entry('a')).toMatchObject({ kind: 'absent', vector: before?.vector, lineage: [lineageOf(content)] });
    folder.write({ a: 'again' });
    await folder.rescan();
    expect(compareVectors(folder.entry('a')?.vector ?? [], before?.vector ?? [])).toBe('after');
  });

  it('becomes a tombstone in a run that deletes, with one counter for all', async () => {
    const folder = makeFolder(TREE);
    await folder.rescan();
    fs.rmSync(folder.at('a'));
    fs.rmSync(folder.at('d'), { recursive: true });
    const result = await folder.scan();
    expect(settleMissing(folder.state, result, { deletes: true })).toEqual({ absent: 0, deleted: 5 });
    const vector = [[folder.state.replica, 2]];
    for (const path of ['a', 'd', 'd/e', 'd/e/y'])
      expect(folder.entry(path)).toMatchObject({ kind: 'deleted', vector });
    expect(settleMissing(folder.state, result, { deletes: true })).toEqual({ absent: 0, deleted: 0 });
  });

  it('once absent, is never taken for deleted', async () => {
    const folder = makeFolder(TREE);
    await folder.rescan();
    fs.rmSync(folder.at('a'));
    await folder.rescan(false);
    await folder.rescan(true);
    expect(folder.entry('a')?.kind).toBe('absent');
  });

  it('that is a conflict copy nobody touched is deleted even by default', async () => {
    const content = Buffer.from('loser');
    const name = conflictName('a.txt' as Name, digestOf(content));
    const folder = makeFolder({ [name]: content });
    await folder.rescan();
    const copy = [[`x${digestOf(content).slice(0, 7)}`, 1]] as never;
    folder.state.update([
      { path: '' as RelPath, edit: (entries) => entries?.map((entry) => ({ ...entry, vector: copy })) },
    ]);
    fs.rmSync(folder.at(name));
    await folder.rescan(false);
    expect(folder.entry(name)?.kind).toBe('deleted');
  });

  it('makes no tombstone if the scan was not complete', async () => {
    const folder = makeFolder(TREE);
    await folder.rescan();
    fs.rmSync(folder.at('a'));
    const result = await folder.scan();
    settleMissing(folder.state, { ...result, complete: false }, { deletes: true });
    expect(folder.entry('a')?.kind).toBe('absent');
  });

  it('makes no tombstone where another disk was mounted', async () => {
    const folder = makeFolder({ m: { d: { x: '1' }, y: '2' }, a: '3' });
    await folder.rescan();
    for (const path of ['m', 'm/d'] as RelPath[]) {
      folder.state.update([
        {
          path,
          edit: (entries) => entries?.map((e) => (e.stat === undefined ? e : { ...e, stat: { ...e.stat, dev: 99 } })),
        },
      ]);
    }
    for (const path of ['m/d', 'm/y', 'a']) fs.rmSync(folder.at(path), { recursive: true });
    await folder.rescan(true);
    expect(folder.recorded()).toEqual(['a deleted', 'm directory', 'm/d absent', 'm/d/x absent', 'm/y absent']);
  });

  it('that came back before it was settled stays', async () => {
    const folder = makeFolder(TREE);
    await folder.rescan();
    fs.rmSync(folder.at('a'));
    fs.rmSync(folder.at('d'), { recursive: true });
    const result = await folder.scan();
    folder.write({ a: 'back', d: {} });
    expect(settleMissing(folder.state, result, { deletes: true })).toEqual({ absent: 0, deleted: 0 });
    expect(folder.entry('d/x')?.kind).toBe('file');
    await folder.rescan(true);
    expect(folder.recorded()).toContain('d/x deleted');
  });

  it('that another process recorded anew meanwhile stays', async () => {
    const folder = makeFolder(TREE);
    await folder.rescan();
    fs.rmSync(folder.at('a'));
    const result = await folder.scan();
    const vector = [['rSOMEONE', 3]] as never;
    folder.state.update([
      { path: '' as RelPath, edit: (entries) => entries?.map((e) => (e.name === 'a' ? { ...e, vector } : e)) },
    ]);
    settleMissing(folder.state, result, { deletes: true });
    expect(folder.entry('a')).toMatchObject({ kind: 'file', vector });
  });

  it('that is a directory takes along what was deleted below it, unless it is itself claimed to be deleted', async () => {
    const tree = { d: { x: '1', y: '2', e: { z: '3' } }, k: 'kept' };
    for (const deletes of [false, true]) {
      const folder = makeFolder(tree);
      await folder.rescan();
      for (const path of ['d/x', 'd/e']) fs.rmSync(folder.at(path), { recursive: true });
      await folder.rescan(true);
      expect(folder.recorded()).toContain('d/e/z deleted');
      fs.rmSync(folder.at('d'), { recursive: true });
      await folder.rescan(deletes);
      const claimed = ['d deleted', 'd/e deleted', 'd/e/z deleted', 'd/x deleted', 'd/y deleted', 'k file'];
      expect(folder.recorded()).toEqual(deletes ? claimed : ['d absent', 'd/y absent', 'k file']);
    }
  });

  it('that is a conflict copy is no deletion where its directory is gone, too', async () => {
    const name = conflictName('a.txt' as Name, digestOf(Buffer.from('loser')));
    const folder = makeFolder({ d: { [name]: 'loser' } });
    await folder.rescan();
    fs.rmSync(folder.at('d'), { recursive: true });
    await folder.rescan(false);
    expect(folder.recorded()).toEqual(['d absent', `d/${name} absent`]);
  });
});

it('what is still recorded as live below a directory that a run removed or replaced goes, too', async () => {
  for (const kind of ['deleted', 'file'] as const) {
    const folder = makeFolder({ d: { x: '1', e: { y: '2' } } });
    await folder.rescan();
    fs.rmSync(folder.at('d'), { recursive: true });
    const instead = { ...file('other', 'B1', { name: 'd' as Name }), kind };
    folder.state.update([{ path: '' as RelPath, edit: () => [instead] }]);
    folder.state.settle();
    if (kind === 'file') folder.write({ d: 'other' });
    expect(await folder.rescan(true)).toMatchObject({ missing: 3 });
    expect(folder.recorded()).toEqual([`d ${kind}`, 'd/e deleted', 'd/e/y deleted', 'd/x deleted']);
    folder.state.settle();
    expect(await folder.rescan(true)).toMatchObject({ missing: 0, changed: 0 });
  }
});

it('what was deleted below a directory is forgotten when a rule hides the directory', async () => {
  const folder = makeFolder({ d: { x: '1', y: '2' } });
  await folder.rescan();
  fs.rmSync(folder.at('d/x'));
  await folder.rescan(true);
  expect(folder.recorded()).toEqual(['d directory', 'd/x deleted', 'd/y file']);
  folder.write({ '.p2psyncignore': '/d\n' });
  await folder.rescan();
  expect(folder.recorded()).toEqual(['.p2psyncignore file', 'd absent', 'd/y absent']);
});
